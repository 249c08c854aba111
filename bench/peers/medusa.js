// Medusa: the functions its promotion module decides with, in the module's own order.
//
// The module's `computeActions` reads the offers in force from PostgreSQL and then loops over them;
// here they lie in memory, already loaded, and the loop is the module's. Its database is not timed.
"use strict";

const {
  getComputedActionsForBuyGet,
  getComputedActionsForItems,
  sortByBuyGetType,
} = require("@medusajs/promotion/dist/utils/compute-actions");
const { areRulesValidForContext } = require("@medusajs/promotion/dist/utils/validations");
const { MathBN, transformPropertiesToBigNumber } = require("@medusajs/framework/utils");
const { categoriesOf, pricesOf, serve } = require("./talk.js");

const MINOR = 100;
const rule = (attribute, operator, values) => ({
  attribute,
  operator,
  values: values.map((value) => ({ value: String(value) })),
});
const ofItems = (offer) => [rule("items.product_id", "in", offer.items)];

function buyGet(offer, buyN, getN, type, value) {
  return {
    type: "buyget",
    application_method: {
      type,
      value,
      target_type: "items",
      allocation: "each",
      max_quantity: 1_000_000,
      buy_rules: ofItems(offer),
      buy_rules_min_quantity: buyN,
      target_rules: ofItems(offer),
      apply_to_quantity: getN,
    },
  };
}

const standard = (method, rules = []) => ({ type: "standard", rules, application_method: method });
const MAKE = {
  buy_get: (offer) => buyGet(offer, offer.buy_n, offer.get_n, "percentage", 100),
  nth_half: (offer) => buyGet(offer, 1, 1, "percentage", 50),
  // The last of each group bears what the group is cheaper by.
  n_for: (offer, prices) =>
    buyGet(
      offer,
      offer.buy_n - 1,
      1,
      "fixed",
      (offer.buy_n * prices.get(offer.items[0])[0] - offer.price_minor) / MINOR,
    ),
  percent: (offer) =>
    standard({
      type: "percentage",
      value: offer.percent,
      target_type: "items",
      allocation: "each",
      max_quantity: 1_000_000,
      target_rules: [rule("items.category", "eq", [offer.category])],
    }),
  amount_off: (offer) =>
    standard({
      type: "fixed",
      value: offer.amount_minor / MINOR,
      target_type: "items",
      allocation: "each",
      max_quantity: 1_000_000,
      target_rules: ofItems(offer),
    }),
  spend: (offer) =>
    standard(
      { type: "fixed", value: offer.amount_minor / MINOR, target_type: "order", allocation: "across" },
      [rule("subtotal", "gte", [offer.least_minor / MINOR])],
    ),
  coupon: (offer) =>
    standard({
      type: "fixed",
      value: offer.amount_minor / MINOR,
      target_type: "order",
      allocation: "across",
    }),
};

// What the module's computeActions does once it has read the offers.
function computeActions(promotions, codes, context) {
  const actions = [];
  const byCode = new Map(promotions.map((one) => [one.code, one]));
  const chosen = promotions
    .filter((one) => one.is_automatic || codes.has(one.code))
    .sort(sortByBuyGetType);
  const taken = new Map();
  const bought = new Map();
  const got = new Map();
  for (const { code } of chosen) {
    const promotion = byCode.get(code);
    if (!areRulesValidForContext(promotion.rules ?? [], context, "order")) continue;
    if (promotion.type === "buyget") {
      actions.push(...getComputedActionsForBuyGet(promotion, context.items, taken, bought, got));
    } else {
      const across = promotion.application_method.target_type === "order" ? "across" : undefined;
      actions.push(...getComputedActionsForItems(promotion, context.items, taken, across));
    }
  }
  transformPropertiesToBigNumber(actions, { include: ["amount"] });
  return actions;
}

function open(world) {
  const prices = pricesOf(world);
  const categories = categoriesOf(world);
  const promotions = world.offers.map((offer) => ({
    id: offer.offer,
    code: offer.code || offer.offer,
    is_automatic: offer.kind !== "coupon",
    ...MAKE[offer.kind](offer, prices),
  }));
  // The module asks its database for them in this order.
  promotions.sort((a, b) => b.application_method.value - a.application_method.value);
  return {
    versions: {
      node: process.version,
      "@medusajs/promotion": require("@medusajs/promotion/package.json").version,
    },
    ready(basket) {
      const items = basket.lines.map(([item, quantity], n) => {
        const price = prices.get(item)[basket.member ? 1 : 0] / MINOR;
        const total = price * quantity;
        return {
          id: `line-${n}`,
          product_id: item,
          category: categories.get(item),
          quantity,
          unit_price: price,
          subtotal: total,
          original_total: total,
          is_discountable: true,
        };
      });
      const subtotal = items.reduce((sum, item) => sum + item.subtotal, 0);
      const codes = new Set(basket.coupon ? [basket.coupon] : []);
      return { codes, context: { currency_code: "ils", subtotal, items } };
    },
    price({ codes, context }) {
      const actions = computeActions(promotions, codes, context);
      let total = MathBN.convert(context.subtotal);
      for (const action of actions) total = MathBN.sub(total, action.amount);
      return total;
    },
    minor: (total) => Math.round(total.toNumber() * MINOR * 1e4) / 1e4,
  };
}

serve(open);
