import { expect, test } from "bun:test";
import { budgetIn, budgetText, exactBudget, tokenText } from "../../../src/config/budgets.ts";

test("a budget is money or tokens", () => {
  expect(budgetIn("5 USD")).toEqual({ amount: 5, unit: "USD" });
  expect(budgetIn("2M tokens")).toEqual({ amount: 2_000_000, unit: "tokens" });
});

test("a number alone is in the unit that is known, and means nothing without", () => {
  expect(budgetIn("2")).toBeUndefined();
  expect(budgetIn("2", "USD")).toEqual({ amount: 2, unit: "USD" });
  expect(budgetIn("2k", "USD")).toEqual({ amount: 2000, unit: "tokens" });
});

test("a budget is shown in few digits, and never as nothing", () => {
  for (const text of ["5.00 USD", "0.50 USD", "0.001 USD", "2M tokens", "1.5k tokens", "950 tokens"]) {
    const budget = budgetIn(text);
    expect(budget === undefined ? undefined : budgetText(budget)).toBe(text);
  }
});

test("a budget is kept so that exactly the same can be read again", () => {
  const texts = ["5 USD", "0.1 USD", "0.000001 USD", "100 USD", "1234567 tokens", "2000000 tokens"];
  for (const text of texts) {
    const budget = budgetIn(text);
    expect(budget === undefined ? undefined : exactBudget(budget)).toBe(text);
  }
  expect(exactBudget({ amount: 0.1 + 0.2, unit: "USD" })).toBe("0.3 USD");
});

test("tokens are counted in as few digits as tell them", () => {
  expect([0, 950, 1000, 12_345, 123_456, 999_949, 999_999, 1.26e9].map(tokenText)).toEqual(
    "0 950 1k 12.3k 123k 1000k 1M 1.3G".split(" "),
  );
});
