// Signs and verifies JSON Web Signatures with the npm package jose: one JSON question on standard input, one answer out.
import {readFileSync} from 'node:fs';
import * as jose from 'jose';

const actions = {
  async verify({token, key, algorithms}) {
    const known = await jose.importSPKI(key, algorithms[0]);
    const {payload, protectedHeader} = await jose.compactVerify(token, known, {algorithms});
    return {payload: Buffer.from(payload).toString('base64'), header: protectedHeader};
  },
  async verifyDetached({token, payload, key, algorithms}) {
    const [head, body, signature] = token.split('.');
    if(body !== '') {
      throw new Error('expected no payload inside');
    }
    const whole = jose.base64url.encode(Buffer.from(payload, 'base64'));
    return actions.verify({token: `${head}.${whole}.${signature}`, key, algorithms});
  },
  async verifyJwt({token, key, algorithms, options}) {
    const known = await jose.importSPKI(key, algorithms[0]);
    const {payload, protectedHeader} = await jose.jwtVerify(token, known, {algorithms, ...options});
    return {claims: payload, header: protectedHeader};
  },
  async sign({payload, header, key}) {
    const secret = await jose.importPKCS8(key, header.alg);
    const data = Buffer.from(payload, 'base64');
    return {token: await new jose.CompactSign(data).setProtectedHeader(header).sign(secret)};
  },
};

const {action, ...question} = JSON.parse(readFileSync(0, 'utf8'));
try {
  console.log(JSON.stringify(await actions[action](question)));
} catch(error) {
  console.log(JSON.stringify({error: error.code ?? error.message}));
}
