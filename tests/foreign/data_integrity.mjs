// Signs and verifies Data Integrity proofs with digitalbazaar's suites: one JSON question on standard input, one answer out.
// Documents are did:key names and the contexts that a package brings; anything else that a suite asks for is an error.
import {readFileSync} from 'node:fs';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as didKey from '@digitalbazaar/did-method-key';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsa from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as eddsa from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {contexts} from '@digitalbazaar/credentials-context';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

const suites = {
  'eddsa-jcs-2022': eddsa, 'ecdsa-jcs-2019': ecdsa, 'eddsa-rdfc-2022': {createSignCryptosuite: () => rdfc},
};
const driver = didKey.driver();
for(const [header, kind] of [['z6Mk', Ed25519Multikey], ['zDna', EcdsaMultikey], ['z82L', EcdsaMultikey]]) {
  driver.use({multibaseMultikeyHeader: header, fromMultibase: kind.from});
}

async function documentLoader(url) {
  if(contexts.has(url)) {
    return {contextUrl: null, documentUrl: url, document: contexts.get(url)};
  }
  if(!url.startsWith('did:key:')) {
    throw new Error(`asked for ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: await driver.get({url})};
}

const purpose = () => new jsigs.purposes.AssertionProofPurpose();

const actions = {
  async contexts() {
    return Object.fromEntries(contexts);
  },
  async verify({document}) {
    const suite = new DataIntegrityProof({cryptosuite: suites[document.proof.cryptosuite].createVerifyCryptosuite()});
    const result = await jsigs.verify(document, {suite, purpose: purpose(), documentLoader});
    return {verified: result.verified, reasons: (result.error?.errors ?? []).map(error => error.message)};
  },
  async sign({document, cryptosuite}) {
    const pair = cryptosuite.startsWith('eddsa') ?
      await Ed25519Multikey.generate() : await EcdsaMultikey.generate({curve: 'P-256'});
    pair.controller = `did:key:${pair.publicKeyMultibase}`;
    pair.id = `${pair.controller}#${pair.publicKeyMultibase}`;
    document.issuer = pair.controller;
    const suite = new DataIntegrityProof({
      signer: pair.signer(), date: '2026-01-01T00:00:00Z', cryptosuite: suites[cryptosuite].createSignCryptosuite(),
    });
    const signed = await jsigs.sign(document, {suite, purpose: purpose(), documentLoader});
    return {document: signed, key: pair.publicKeyMultibase};
  },
};

const {action, ...question} = JSON.parse(readFileSync(0, 'utf8'));
try {
  console.log(JSON.stringify(await actions[action](question)));
} catch(error) {
  console.log(JSON.stringify({error: `${error.name}: ${error.message}`}));
}
