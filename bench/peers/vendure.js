// Vendure: its OrderCalculator over its own Order, OrderLine and Promotion entities.
//
// Built-in conditions and actions wherever they say what the offer says; its "buy X get Y free"
// gives Y once only, so offers on groups of units are a condition and an action of our own, written
// as its documentation shows. Zones, taxes (0 %) and facets come from memory; no database is timed.
"use strict";

require("reflect-metadata");
const {
  DefaultTaxZoneStrategy,
  FacetValueChecker,
  Order,
  OrderCalculator,
  OrderLine,
  Promotion,
  PromotionCondition,
  PromotionItemAction,
  RequestContextCacheService,
  TaxRate,
  defaultConfig,
  discountOnItemWithFacets,
  minimumOrderAmount,
  orderFixedDiscount,
} = require("@vendure/core");
const { categoriesOf, pricesOf, serve } = require("./talk.js");

const english = (value) => [{ languageCode: "en", value }];
const sets = new WeakMap(); // Promotion -> Set of its variants, made once

// Of each `groupN` units of the variants, `getN` are cheaper by `off`.
const groupsOf = new PromotionCondition({
  code: "groups_of",
  description: english("Buy { groupN } of the specified products"),
  args: { groupN: { type: "int" }, getN: { type: "int" }, variantIds: { type: "ID", list: true } },
  check(ctx, order, args, promotion) {
    let ids = sets.get(promotion);
    if (!ids) sets.set(promotion, (ids = new Set(args.variantIds)));
    const lines = order.lines.filter((line) => ids.has(line.productVariant.id));
    const units = lines.reduce((sum, line) => sum + line.quantity, 0);
    let left = Math.floor(units / args.groupN) * args.getN;
    if (!left) return false;
    const unitsByLine = {};
    for (const line of lines) {
      unitsByLine[line.id] = Math.min(line.quantity, left);
      left -= unitsByLine[line.id];
    }
    return { unitsByLine };
  },
});

const groupDiscount = new PromotionItemAction({
  code: "group_discount",
  description: english("Discount { off } on units of a group"),
  args: { off: { type: "int" } },
  conditions: [groupsOf],
  execute(ctx, orderLine, args, state) {
    const units = state.groups_of.unitsByLine[orderLine.id];
    return units ? -args.off * (units / orderLine.quantity) : 0;
  },
});

const unitDiscount = new PromotionItemAction({
  code: "unit_discount",
  description: english("Discount each of the specified products by { off }"),
  args: { off: { type: "int" }, variantIds: { type: "ID", list: true } },
  execute(ctx, orderLine, args) {
    return args.variantIds.includes(orderLine.productVariant.id) ? -args.off : 0;
  },
});

const say = (definition, args) => ({
  code: definition.code,
  args: Object.entries(args).map(([name, value]) => ({
    name,
    value: Array.isArray(value) ? JSON.stringify(value) : String(value),
  })),
});

const grouped = (offer, groupN, getN, off) => ({
  conditions: [say(groupsOf, { groupN, getN, variantIds: offer.items })],
  actions: [say(groupDiscount, { off })],
});
const whole = (offer) => [say(orderFixedDiscount, { discount: offer.amount_minor })];

const MAKE = {
  buy_get: (offer, price) => grouped(offer, offer.buy_n + offer.get_n, offer.get_n, price),
  nth_half: (offer, price) => grouped(offer, 2, 1, price / 2),
  n_for: (offer, price) => grouped(offer, offer.buy_n, 1, offer.buy_n * price - offer.price_minor),
  percent: (offer) => ({
    conditions: [],
    actions: [say(discountOnItemWithFacets, { discount: offer.percent, facets: [offer.category] })],
  }),
  amount_off: (offer) => ({
    conditions: [],
    actions: [say(unitDiscount, { off: offer.amount_minor, variantIds: offer.items })],
  }),
  spend: (offer) => ({
    conditions: [say(minimumOrderAmount, { amount: offer.least_minor, taxInclusive: true })],
    actions: whole(offer),
  }),
  coupon: (offer) => ({ conditions: [], actions: whole(offer), couponCode: offer.code }),
};

// A cache that always has the facets of a variant.
const cacheOf = (categories) => ({
  createCache: () => ({ get: async (variant) => [categories.get(variant)] }),
});

async function open(world) {
  const prices = pricesOf(world);
  const checker = new FacetValueChecker({}, cacheOf(categoriesOf(world)), undefined);
  await discountOnItemWithFacets.init({ get: () => checker });
  const zone = { id: "zone", members: [] };
  const rate = new TaxRate({ name: "none", value: 0 });
  const calculator = new OrderCalculator(
    {
      taxOptions: { ...defaultConfig.taxOptions, taxZoneStrategy: new DefaultTaxZoneStrategy() },
      orderOptions: defaultConfig.orderOptions,
    },
    { getAllWithMembers: async () => [zone] },
    { getApplicableTaxRate: async () => rate },
    { findOne: async () => undefined },
    { getEligibleShippingMethods: async () => [] },
    new RequestContextCacheService(),
  );
  const options = {
    promotionConditions: [minimumOrderAmount, groupsOf],
    promotionActions: [discountOnItemWithFacets, orderFixedDiscount, groupDiscount, unitDiscount],
  };
  const promotions = world.offers.map((offer) => {
    const price = offer.items ? prices.get(offer.items[0])[0] : 0;
    const made = MAKE[offer.kind](offer, price);
    return new Promotion({ id: offer.offer, name: offer.offer, enabled: true, ...options, ...made });
  });
  return {
    versions: {
      node: process.version,
      "@vendure/core": require("@vendure/core/package.json").version,
    },
    ready(basket) {
      const lines = basket.lines.map(
        ([item, quantity], n) =>
          new OrderLine({
            id: `line-${n}`,
            productVariant: { id: item },
            quantity,
            orderPlacedQuantity: 0,
            listPrice: prices.get(item)[basket.member ? 1 : 0],
            listPriceIncludesTax: true,
            adjustments: [],
            taxLines: [],
            taxCategoryId: "goods",
          }),
      );
      const order = new Order({
        id: "order",
        lines,
        surcharges: [],
        shippingLines: [],
        couponCodes: basket.coupon ? [basket.coupon] : [],
        promotions: [],
      });
      const channel = { id: "shop", pricesIncludeTax: true, defaultTaxZone: zone };
      return { order, ctx: { channelId: channel.id, channel } };
    },
    price: ({ order, ctx }) => calculator.applyPriceAdjustments(ctx, order, promotions),
    minor: (order) => order.subTotalWithTax,
  };
}

serve(open);
