"use strict";
// What the answers amount to: which questions apply, the score, what contradicts, what is odd about the times.
// Pure functions of the form's model and of `answers` = {item_code: [value_code, ...]}; they touch no page.

function hasSaid(model, codes) {
  return (codes || []).filter((code) => !model.null_codes.includes(code));
}

function sideHolds(codes, side) {
  return codes.some((code) => side.codes.includes(code) !== side.is_exception);
}

// Items stand in `asking_order` after those that their conditions name, so one pass settles which apply;
// the answer to a question that does not apply is left out, and cannot make another one apply.
function applying(model, answers) {
  const kept = {};
  const applies = new Set();
  for (const code of model.asking_order) {
    const item = model.items.find((one) => one.item_code === code);
    const possible = item.applies_when.every((side) => {
      const said = hasSaid(model, kept[side.field]);
      return said.length === 0 || sideHolds(said, side);
    });
    if (!possible) continue;
    applies.add(code);
    if ((answers[code] || []).length > 0) kept[code] = answers[code];
  }
  return { kept, applies };
}

function isRecorded(model, item, codes) {
  return hasSaid(model, codes).some((code) => !item.unspecific.includes(code));
}

function isWaived(model, codes) {
  return hasSaid(model, codes).length === 0 && (codes || []).some((code) => model.waiving_nulls.includes(code));
}

// Items weigh as their tier does; one that does not apply, that is on trial (weight 0) or that was refused is not expected.
function scored(model, kept, applies) {
  const expected = model.items.filter((one) =>
    one.weight > 0 && applies.has(one.item_code) && !isWaived(model, kept[one.item_code]));
  const recorded = expected.filter((one) => isRecorded(model, one, kept[one.item_code]));
  const weight = (items) => items.reduce((sum, one) => sum + one.weight, 0);
  return {
    n_expected: expected.length,
    n_recorded: recorded.length,
    score: expected.length ? (100 * weight(recorded)) / weight(expected) : null,
    missing: expected.filter((one) => !recorded.includes(one)).map((one) => one.item_code),
  };
}

function contradicting(model, kept) {
  const broken = model.rules.filter((rule) =>
    [rule.first, rule.second].every((side) => sideHolds(hasSaid(model, kept[side.field]), side)));
  const alone = model.items.filter((item) => {
    const said = hasSaid(model, kept[item.item_code]);
    return said.length > 1 && said.some((code) => item.exclusive.includes(code));
  });
  return broken.map((rule) => ({
    rule: rule.rule, label: rule.label, item_code: rule.item_code, fields: [rule.first.field, rule.second.field],
  })).concat(alone.map((item) => ({
    ...model.exclusive_rule, item_code: item.item_code, fields: [item.item_code],
  })));
}

function judge(model, answers) {
  const { kept, applies } = applying(model, answers);
  return { kept, applies: [...applies], ...scored(model, kept, applies), contradictions: contradicting(model, kept) };
}

const LONG_AGO_HOURS = 10 * 365 * 24;

// Times are local wall-clock text, YYYY-MM-DDTHH:MM, which sorts as time does.
function oddTimes(model, from, to, now) {
  const odd = [];
  if ((from && from > now) || (to && to > now)) odd.push("future");
  if ([from, to].some((time) => time && hoursBetween(time, now) > LONG_AGO_HOURS)) odd.push("past");
  if (from && to && to < from) odd.push("order");
  if (to && !from) odd.push("half");
  if (from && to && hoursBetween(from, to) > model.window_within_hours) odd.push("window");
  if ([from, to].some((time) => time && time.endsWith("T00:00"))) odd.push("midnight");
  return odd;
}

function hoursBetween(from, to) {
  return (Date.parse(to + "Z") - Date.parse(from + "Z")) / 3600000;
}
