// Reads jobs [[base64 of ESC/POS, encoding], ...] from stdin by npos and iconv-lite; writes what
// is on each paper as JSON.
const npos = require("npos/lib/parser");
const rules = require("npos/lib/parser/rules");
const raster = require("npos/lib/codecs/raster");
const iconv = require("iconv-lite");
const { readFileSync } = require("node:fs");

const GS = 0x1d;
const PAGES = { 0: "cp437", 2: "cp850", 16: "win1252", 17: "cp866", 19: "cp858" };
rules[GS]["(k"] = [0, "d16"]; // npos does not know QR codes: their length is all it needs

function read(raw, twoBytes) {
  const ast = npos(rules).analyze(raw);
  if (ast.error) throw ast.error;
  const found = [];
  let encoding = "cp437";
  let double = false;
  let text = "";
  const end = () => {
    if (text) found.push({ what: "text", text });
    text = "";
  };
  for (const node of ast.tree) {
    const bytes = raw.subarray(node.offset, node.offset + node.length);
    const command = node.ascii + (node.fn || "");
    if (command === "STX") {
      const use = double ? twoBytes : encoding;
      text += iconv.decode(bytes, twoBytes === "utf8" ? "utf8" : use);
    } else if (command === "ESCt") {
      encoding = PAGES[bytes[2]];
    } else if (command === "FS&" || command === "FS.") {
      double = command === "FS&";
    } else if (command === "GSv0") {
      end();
      const image = raster.decode(raw, [{ offset: node.offset }]);
      const rows = [];
      for (let y = 0; y < image.height; y++) {
        let row = "";
        for (let x = 0; x < image.width; x++) row += image.getPixel(x, y) ? "0" : "1";
        rows.push(row);
      }
      found.push({ what: "dots", rows });
    } else if (command === "GS(k" && bytes[6] === 0x50) {
      end();
      found.push({ what: "qr", text: bytes.subarray(8).toString("utf8") });
    } else if (command === "GSk") {
      end();
      found.push({ what: "barcode", kind: bytes[2], data: [...bytes.subarray(4, 4 + bytes[3])] });
    }
  }
  end();
  return found;
}

const jobs = JSON.parse(readFileSync(0));
const papers = jobs.map(([data, twoBytes]) => read(Buffer.from(data, "base64"), twoBytes));
process.stdout.write(JSON.stringify(papers));
