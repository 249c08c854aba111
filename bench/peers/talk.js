// What a peer's runner says and hears: one JSON document a line, one answer to each question.
//
//   {"do": "load", "world": path}                     -> {"versions": {...}}
//   {"do": "price", "lines": "10", "first": 0, "most_s": 5}
//      -> {"first": 0, "totals": [minor, ...], "ns": [nanoseconds a basket, ...]}
//
// Baskets are priced one after the other from number `first` on, around the end, until each was
// priced once or `most_s` seconds are over. `ready(basket)` is not timed, `price(ready)` is: by the
// wall or by the CPU time of the process, whichever is less, so that nobody pays for what else the
// machine does.
"use strict";

const fs = require("node:fs");
const readline = require("node:readline");

async function timeBaskets(engine, baskets, question) {
  const totals = [];
  const ns = [];
  const until = process.hrtime.bigint() + BigInt(Math.round(question.most_s * 1e9));
  for (let n = 0; n < baskets.length; n++) {
    const ready = engine.ready(baskets[(question.first + n) % baskets.length]);
    const cpuBefore = process.cpuUsage();
    const began = process.hrtime.bigint();
    const total = await engine.price(ready);
    const ended = process.hrtime.bigint();
    const cpu = process.cpuUsage(cpuBefore);
    totals.push(engine.minor(total));
    ns.push(Math.min(Number(ended - began), (cpu.user + cpu.system) * 1000));
    if (ended > until) break;
  }
  return { first: question.first, totals, ns };
}

// serve(open): `open(world)` gives an engine with versions, ready, price and minor.
exports.serve = async (open) => {
  let world;
  let engine;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    let answer;
    if (question.do === "load") {
      world = JSON.parse(fs.readFileSync(question.world, "utf8"));
      engine = await open(world);
      answer = { versions: engine.versions };
    } else {
      answer = await timeBaskets(engine, world.baskets[question.lines], question);
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
};

// The price each customer pays before any offer, as [list price, members' price] by item.
exports.pricesOf = (world) =>
  new Map(world.wares.map(([item, price, member]) => [item, [price, member || price]]));

exports.categoriesOf = (world) => new Map(world.wares.map(([item, , , category]) => [item, category]));
