// The answers as they stand in the page's controls, and the record that is made of them.

function controlsOf(code) {
  return [...document.getElementsByName(code)];
}

function answersOnPage(model) {
  const answers = {};
  for (const item of model.items) {
    const chosen = controlsOf(item.item_code).filter((control) => control.checked).map((control) => control.value);
    if (chosen.length > 0) answers[item.item_code] = chosen;
  }
  return answers;
}

function guessesOnPage(model) {
  return model.items.map((item) => item.item_code).filter((code) => guessOf(code).checked);
}

function guessOf(code) {
  return document.getElementById(code).querySelector(".uncertain");
}

function putAnswers(model, answers, guesses) {
  for (const item of model.items) {
    const chosen = answers[item.item_code] || [];
    for (const control of controlsOf(item.item_code)) control.checked = chosen.includes(control.value);
    guessOf(item.item_code).checked = guesses.includes(item.item_code);
  }
}

function clearAnswer(code) {
  for (const control of controlsOf(code)) control.checked = false;
  guessOf(code).checked = false;
}

// "I do not know" and a value cannot both be the answer: what was chosen last stays.
function keepApart(control) {
  if (control.type !== "checkbox" || !control.checked) return;
  const isNull = "null" in control.dataset;
  for (const other of controlsOf(control.name)) {
    if (other !== control && (isNull || "null" in other.dataset)) other.checked = false;
  }
}

function labelsOf(code, values) {
  return controlsOf(code).filter((control) => values.includes(control.value))
    .map((control) => control.nextElementSibling.textContent);
}

// Where a browser knows no field for times, people type text: only what is a time is used.
function timesOnPage() {
  const fields = ["committed_from", "committed_to"].map((id) => document.getElementById(id));
  const [from, to] = fields.map((field) => (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.exec(field.value) || [""])[0]);
  const isIncomplete = fields.some((field, at) => field.validity.badInput || (field.value && ![from, to][at]));
  return { from, to, isIncomplete };
}

function localNow() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function utcNow() {
  return new Date().toISOString().slice(0, 19) + "+00:00";
}

// Not crypto.randomUUID: some browsers offer it to web servers only, and this page is a file.
function newRecordId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function recordOf(model, kept, guesses, typed, begun) {
  return {
    schema: model.schema,
    record_id: begun.record_id,
    standard_version: model.standard_version,
    crime_group: model.crime_group,
    role: model.role,
    reference: typed.reference,
    reference_kind: model.reference_kind,
    started_at: begun.started_at || utcNow(),
    saved_at: utcNow(),
    answers: model.items.filter((item) => kept[item.item_code]).map((item) => ({
      item_code: item.item_code,
      values: kept[item.item_code],
      is_fact: !guesses.includes(item.item_code),
    })),
    committed_from: typed.from || null,
    committed_to: typed.to || null,
    note: typed.note,
  };
}

function saveAsFile(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function copyText(area) {
  area.focus();
  area.select();
  try {
    await navigator.clipboard.writeText(area.value);
    return true;
  } catch (error) {
    return document.execCommand("copy");
  }
}
