// Showing what the answers amount to: which questions stand on the page, notices, progress, what is still missing.

const ODD_TIMES = {
  incomplete: "A date or time is not complete, so it will not be saved.",
  future: "That is in the future. Please check the date.",
  half: "Please give the first time too, even roughly: a time with no beginning says little.",
  order: "The second time is before the first. Please check both.",
  past: "That is more than ten years ago. Please check the year.",
  window: "That leaves a long time open. If something narrows it down, such as a camera or a neighbour, use that.",
  midnight: "Midnight is often entered when nobody knows the time. If it was not midnight, please correct it.",
};

function byId(id) {
  return document.getElementById(id);
}

function itemOf(model, code) {
  return model.items.find((item) => item.item_code === code);
}

function withText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function goTo(code) {
  const question = byId(code);
  question.scrollIntoView();
  question.querySelector("input").focus({ preventScroll: true });
}

function showJudgement(model, now, skipped) {
  for (const item of model.items) {
    showItem(model, item, now, skipped.has(item.item_code));
    const found = now.contradictions.filter((one) => one.item_code === item.item_code);
    byId("notice-" + item.item_code).hidden = found.length === 0;
    byId("notice-" + item.item_code).replaceChildren(...found.map((one) => contradictionText(model, one)));
  }
  showTimes(model);
  showProgress(model, now);
}

function showItem(model, item, now, isSkipped) {
  const code = item.item_code;
  const question = byId(code);
  const entry = byId("list-" + code);
  const said = hasSaid(model, now.kept[code]);
  const isAnswered = code in now.kept;
  question.hidden = entry.hidden = !now.applies.includes(code);
  question.querySelector(".tick").hidden = said.length === 0;
  question.querySelector(".unspecific").hidden = said.length === 0 || isRecorded(model, item, said);
  question.querySelector(".skip").hidden = isAnswered;
  question.querySelector(".undo").hidden = !isAnswered;
  const answer = isAnswered ? labelsOf(code, now.kept[code]).join(", ") : "";
  entry.classList.toggle("done", isAnswered);
  entry.lastElementChild.textContent = answer || (isSkipped ? "Skipped" : "Not answered yet");
}

function contradictionText(model, found) {
  const text = document.createElement("div");
  const label = found.label.charAt(0).toLowerCase() + found.label.slice(1);
  text.append(withText("p", `Please check: ${label}. Leave it if both are right.`));
  for (const field of found.fields.filter((one) => one !== found.item_code)) {
    const button = withText("button", `Go to “${itemOf(model, field).question}”`);
    button.type = "button";
    button.className = "link";
    button.addEventListener("click", () => goTo(field));
    text.append(button);
  }
  return text;
}

function showTimes(model) {
  const { from, to, isIncomplete } = timesOnPage();
  const odd = oddTimes(model, from, to, localNow()).concat(isIncomplete ? ["incomplete"] : []);
  byId("notice-committed_time").hidden = odd.length === 0;
  byId("notice-committed_time").replaceChildren(...odd.map((name) => withText("p", ODD_TIMES[name])));
}

// The score is rounded down: 100 is shown only when nothing is missing.
function showProgress(model, now) {
  const score = Math.floor(now.score === null ? 100 : now.score);
  byId("score").textContent = byId("meter").value = score;
  byId("count").textContent = `${Object.keys(now.kept).length} of ${now.applies.length} answered`;
  byId("no-reference").hidden = byId("reference").value.trim() !== "";
  byId("outlook").textContent = now.missing.length === 0
    ? "Everything that links crimes best is answered. Thank you."
    : "You can save now. If you can, answer these first:";
  byId("missing").replaceChildren(...now.missing.map((code) => {
    const link = withText("a", itemOf(model, code).question);
    link.href = "#" + code;
    const entry = document.createElement("li");
    entry.append(link);
    return entry;
  }));
}

// For those who do not see the page change.
function announce(model, before, now) {
  const label = (code) => itemOf(model, code).label;
  const isNew = (one) => !before.contradictions.some((old) => old.rule === one.rule && old.item_code === one.item_code);
  const news = [
    ...now.applies.filter((code) => !before.applies.includes(code)).map((code) => `Question added: ${label(code)}.`),
    ...before.applies.filter((code) => !now.applies.includes(code)).map((code) => `Question left out: ${label(code)}.`),
    ...now.contradictions.filter(isNew).map((one) => `Please check: ${one.label}.`),
  ];
  if (news.length > 0) byId("status").textContent = news.join(" ");
}
