"""What a column means, by its header: words of English, German, Chinese, French and Spanish, and names of ERP fields.

Takes a header; gives a score for each role that a column can play in an event. Guarantees: a table of words, nothing
learned, nothing guessed beyond it; the longer the words that fit, the higher the score, so that ``ship-to GLN`` beats
``GLN``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["ROLES", "TIME_ROLES", "folded", "role_scores", "speaks_of_time"]

ROLES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "time": (("datetime", "date", "clock"), (
        "event time|event date|date time|timestamp|time stamp|time|date|scan time|scanned|when|ship date|"
        "shipped|receive date|receiving date|date received|received|arrival|arrived|pack time|pack ts|"
        "packed at|sold at|ts|zeit|datum|zeitpunkt|zeitstempel|uhrzeit|eingang|wareneingang am|"
        "buchungsdatum|lieferdatum|时间|日期|到货日期|发货日期|date heure|heure|horodatage|"
        "date de reception|date d expedition|fecha|fecha hora|fecha de recepcion|fecha de envio|budat|"
        "erdat|cpudt|datum zeit"
    )),
    "clock": (("clock",), "time|hour|uhrzeit|zeit|heure|hora|时间|cputm"),
    "expiry": (("date",), (
        "expiry|expiry date|exp|exp date|expiration|expiration date|use by|best before|bbd|bbe|sell by|"
        "mhd|mindesthaltbarkeit|mindesthaltbar bis|verfall|verfallsdatum|haltbar bis|有效期|保质期|"
        "失效日期|peremption|date de peremption|ddm|dlc|dluo|caducidad|fecha de caducidad|vencimiento|"
        "vfdat"
    )),
    "production": (("date", "datetime"), (
        "production date|prod date|manufactured|manufacturing date|mfg date|mfg|made on|pack date|"
        "packed on|produktionsdatum|herstelldatum|herstellung|生产日期|date de fabrication|"
        "date de production|fecha de produccion|fecha de fabricacion|hsdat"
    )),
    "harvest": (("date", "datetime"), (
        "harvest|harvest date|harvested|ernte|erntedatum|采收日期|recolte|date de recolte|cosecha"
    )),
    "gtin": (("gtin", "text"), (
        "gtin|ean|upc|ean code|barcode|item gtin|product gtin|tlc gtin|item|item no|item number|article|"
        "article no|product|product code|sku|artikel|artikelnummer|artikelnr|material|materialnummer|"
        "商品条码|条码|产品编码|物料|物料编码|code article|code produit|articulo|codigo de barras|"
        "producto|codigo|matnr|unit gtin"
    )),
    "case_gtin": (("gtin",), "case gtin|carton gtin|karton gtin|箱条码"),
    "lot": (("lot",), (
        "lot|lot no|lot number|lot code|batch|batch no|batch number|tlc batch|charge|chargennummer|"
        "chargennr|los|批号|批次|批次号|原料批次号|numero de lot|no de lot|n de lot|lote|numero de lote|"
        "charg|lotno"
    )),
    "serial": (("lot",), (
        "serial|serial no|serial number|sn|unit sn|unit serial|item serial|seriennummer|serien nr|序列号|"
        "numero de serie|n de serie|serie"
    )),
    "case_serial": (("lot",), "case sn|case serial|case serial no|carton serial|carton sn|箱序列号"),
    "sscc": (("sscc",), (
        "sscc|pallet|pallet id|pallet sscc|pallet no|logistic unit|handling unit|license plate|lpn|nve|"
        "palette|palettennummer|托盘|托盘号|palet|n de palette|matricula|exidv|container"
    )),
    "quantity": (("integer", "decimal", "measure"), (
        "quantity|qty|qty uom|qty and uom|count|pieces|pcs|cases|units|amount|weight|net weight|net|kg|"
        "net kg|menge|anzahl|stuck|stueck|gewicht|数量|重量|quantite|qte|poids|cantidad|cant|peso|bdmng|"
        "lfimg|qty shipped|sold"
    )),
    "uom": (("unit",), (
        "uom|unit|units|unit of measure|qty unit|einheit|mengeneinheit|me|单位|unite|um|unidad|meins"
    )),
    "ship_from": (("gln", "text"), (
        "ship from|ship from gln|ship from location|ship from location id|from|from gln|sender|"
        "sender gln|shipper|origin|supplier|supplier gln|vendor|vendor gln|seller|absender|lieferant|"
        "lieferant gln|供应商|供应商名称|发货方|发货地|fournisseur|expediteur|gln fournisseur|proveedor|"
        "gln proveedor|remitente|origen|lifnr"
    )),
    "ship_to": (("gln", "text"), (
        "ship to|ship to gln|ship to location|ship to location id|to|to gln|receiver|receiver gln|"
        "recipient|destination|customer|customer gln|buyer|buyer gln|consignee|empfanger|empfaenger|"
        "kunde|kunde gln|客户|收货方|收货地|destinataire|client|gln client|destinatario|cliente|"
        "gln cliente|destino|kunnr"
    )),
    "tlcSource": (("gln", "text"), (
        "tlc source|tlc source gln|tlc source reference|tlc source reference gln|tlc source location|"
        "traceability lot code source|traceability lot code source reference"
    )),
    "site": (("gln", "text"), (
        "gln|site|site gln|location|location gln|plant|plant gln|warehouse|warehouse gln|store|store gln|"
        "shop|branch|read point|readpoint|standort|werk|werk gln|lager|lager gln|filiale|filiale gln|"
        "地点|工厂|仓库|门店|lieu|magasin|gln magasin|entrepot|almacen|tienda|gln tienda|planta|werks|"
        "lgort"
    )),
    "line": (("text",), (
        "line|production line|station|gate|dock|door|antenna|reader|reader id|portal|zone|bin|"
        "storage bin|linie|anlage|tor|lagerplatz|产线|生产线|库位|仓库库位|ligne|quai|linea|muelle|lgpla"
    )),
    "po": (("text",), (
        "po|po no|po number|purchase order|order|order no|order number|bestellung|bestellnummer|"
        "bestell nr|auftrag|采购订单|采购订单号|订单号|commande|n de commande|bon de commande|pedido|"
        "numero de pedido|orden de compra|ebeln"
    )),
    "desadv": (("text",), (
        "delivery note|delivery|delivery no|despatch advice|dispatch|asn|asn no|shipment|shipment no|bol|"
        "bill of lading|lieferschein|lieferschein nr|lieferscheinnummer|送货单|发货单|发货单号|"
        "bon de livraison|bl|albaran|nota de entrega|vbeln|ref doc type and number|reference document"
    )),
    "inv": (("text",), (
        "invoice|invoice no|invoice number|rechnung|rechnungsnummer|发票|发票号|facture|factura"
    )),
    "work_order": (("text",), (
        "work order|wo|wo no|production order|prod order|job|batch record|fertigungsauftrag|"
        "auftragsnummer|工单|生产工单|生产工单号|ordre de fabrication|of|orden de trabajo|"
        "orden de fabricacion|aufnr"
    )),
    "receipt": (("text",), (
        "receipt|receipt no|ticket|ticket no|till receipt|bon|bonnummer|kassenbon|小票|小票号|"
        "ticket de caisse|tique"
    )),
    "direction": (("direction",), (
        "dir|direction|in out|io|input output|movement|movement type|bewegungsart|方向|sens|sentido|"
        "bwart"
    )),
    "temperature": (("decimal", "integer"), (
        "temp|temp c|temperature|temperature c|t c|temperatur|temperatur c|温度|temperatura"
    )),
    "humidity": (("decimal", "integer"), (
        "humidity|rh|rel humidity|relative humidity|feuchte|luftfeuchte|湿度|humidite|humedad"
    )),
    "pressure": (("decimal", "integer"), "pressure|bar|pressure bar|druck|压力|pression|presion"),
    "device": (("text",), (
        "device|device id|logger|logger id|sensor|sensor id|gerat|geraet|设备号|记录仪|appareil|capteur|"
        "enregistreur|dispositivo"
    )),
    "machine": (("text",), "machine|machine id|equipment|maschine|设备|设备编号|equipement|maquina"),
    "operator": (("text",), (
        "operator|operator id|user|shift|crew|team|bediener|schicht|操作员|班组|班组 操作员|operateur|"
        "equipe|operador|turno"
    )),
    "epc": (("epc", "hex"), "epc|epc hex|epc uri|tag|tag id|rfid|uri|epcs|identifier|code"),
    "scan": (("scan",), "scan|scanned|barcode|data|element string|gs1 128|code|raw|扫描|条码"),
    "description": (("text",), (
        "description|product name|product description|item description|bezeichnung|artikelbezeichnung|"
        "品名|产品名称|名称|designation|libelle|descripcion"
    )),
    "field": (("text",), "field|field name|plot|parcel|feld|schlag|地块|parcelle|parcela|campo"),
    "certificate": (("text",), (
        "certificate|test report|inspection report|quality report|prufbericht|zertifikat|质检报告|"
        "certificat|certificado"
    )),
}  # fmt: skip
"""Each role with the kinds of values that can play it, the best first, and the words of its headers."""

TIME_ROLES: Final = ("time", "clock", "expiry", "production", "harvest")

_SPLIT: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[^0-9A-Za-z\u3400-\u9fff]+")
_WIDE: Final = re.compile("[\u3400-\u9fff]")


def folded(text: str) -> str:
    """A header in small letters without accents and signs: ``Chargen-Nr.`` and ``chargen nr`` are the same."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(word.lower() for word in _SPLIT.split(plain.replace("°", " ")) if word)


_WORDS: Final = {role: tuple({folded(word) for word in words.split("|")}) for role, (_, words) in ROLES.items()}


def role_scores(header: str) -> dict[str, float]:
    """How well a header fits each role; roles that it does not fit are left out."""
    name = f" {folded(header)} "
    length = len(name) - 2
    joined = name.replace(" ", "")
    if not length:
        return {}
    scores = {}
    for role, words in _WORDS.items():
        best = 0.0
        for word in words:
            inside = word in name if _WIDE.search(word) else f" {word} " in name
            if inside or word.replace(" ", "") == joined:
                best = max(
                    best,
                    len(word) * (3 if _WIDE.search(word) else 1) + (20 if not inside or len(word) == length else 0),
                )
        if best:
            scores[role] = best
    return scores


def speaks_of_time(header: str) -> bool:
    """Whether a number under this header may be a date."""
    scores = role_scores(header)
    return any(role in scores for role in TIME_ROLES)
