// What happens on the page: after every answer it is judged anew, shown, and kept as a draft.

const ODD_TIMES = {
  incomplete: "A date or time is not complete, so it will not be saved.",
  future: "That is in the future. Please check the date.",
  order: "The second time is before the first. Please check both.",
  window: "That leaves more than a day open. If something narrows it down, such as a camera or a neighbour, use that.",
  midnight: "Midnight is often entered when nobody knows the time. If it was not midnight, please correct it.",
};

(function startForm() {
  const byId = (id) => document.getElementById(id);
  const model = JSON.parse(byId("model").textContent);
  const itemOf = (code) => model.items.find((item) => item.item_code === code);
  const form = byId("form");
  const store = draftStore("colink-form:" + model.form_key);
  let begun, skipped, seconds, isDirty, last;

  function begin(draft) {
    begun = draft ? draft.begun : { record_id: newRecordId(), started_at: null };
    skipped = new Set(draft ? draft.skipped : []);
    seconds = draft ? draft.seconds : 0;
    isDirty = false;
    last = null;
  }

  function typed() {
    const { from, to } = timesOnPage();
    return { from, to, reference: byId("reference").value.trim(), note: byId("note").value.trim() };
  }

  // Judging and showing

  function refresh() {
    const now = judge(model, answersOnPage(model));
    for (const item of model.items) showItem(item, now);
    showContradictions(now);
    showTimes();
    showProgress(now);
    if (last) announce(last, now);
    last = now;
  }

  function showItem(item, now) {
    const code = item.item_code;
    const question = byId(code);
    const said = hasSaid(model, now.kept[code]);
    const isAnswered = code in now.kept;
    question.hidden = byId("list-" + code).hidden = !now.applies.includes(code);
    question.querySelector(".tick").hidden = said.length === 0;
    question.querySelector(".unspecific").hidden = said.length === 0 || isRecorded(model, item, said);
    question.querySelector(".skip").hidden = isAnswered;
    question.querySelector(".undo").hidden = !isAnswered;
    const answer = isAnswered ? labelsOf(code, now.kept[code]).join(", ") : "";
    byId("list-" + code).classList.toggle("done", isAnswered);
    byId("list-" + code).lastElementChild.textContent = answer || (skipped.has(code) ? "Skipped" : "Not answered yet");
  }

  function showContradictions(now) {
    for (const item of model.items) {
      const found = now.contradictions.filter((one) => one.item_code === item.item_code);
      const notice = byId("notice-" + item.item_code);
      notice.hidden = found.length === 0;
      notice.replaceChildren(...found.map(contradictionText));
    }
  }

  function contradictionText(found) {
    const text = document.createElement("div");
    const sentence = document.createElement("p");
    sentence.textContent = `Please check: ${found.label.charAt(0).toLowerCase()}${found.label.slice(1)}. Leave it if both are right.`;
    text.append(sentence);
    for (const field of found.fields.filter((one) => one !== found.item_code)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = "Go to " + itemOf(field).label;
      button.addEventListener("click", () => goTo(field));
      text.append(button);
    }
    return text;
  }

  function showTimes() {
    const { from, to, isIncomplete } = timesOnPage();
    const odd = oddTimes(model, from, to, localNow()).concat(isIncomplete ? ["incomplete"] : []);
    const notice = byId("notice-committed_time");
    notice.hidden = odd.length === 0;
    notice.replaceChildren(...odd.map((name) => {
      const sentence = document.createElement("p");
      sentence.textContent = ODD_TIMES[name];
      return sentence;
    }));
  }

  function showProgress(now) {
    const score = Math.floor(now.score === null ? 100 : now.score);
    const answered = Object.keys(now.kept).length;
    byId("score").textContent = byId("meter").value = score;
    byId("count").textContent = `${answered} of ${now.applies.length} answered`;
    byId("no-reference").hidden = byId("reference").value.trim() !== "";
    byId("outlook").textContent = now.missing.length === 0
      ? "Everything that links crimes is answered. Thank you."
      : "You can save now. These would help most:";
    byId("missing").replaceChildren(...now.missing.map((code) => {
      const entry = document.createElement("li");
      const link = document.createElement("a");
      link.href = "#" + code;
      link.textContent = itemOf(code).question;
      entry.append(link);
      return entry;
    }));
  }

  function announce(before, now) {
    const label = (code) => itemOf(code).label;
    const news = [
      ...now.applies.filter((code) => !before.applies.includes(code)).map((code) => `Question added: ${label(code)}.`),
      ...before.applies.filter((code) => !now.applies.includes(code)).map((code) => `Question no longer applies: ${label(code)}.`),
      ...now.contradictions.filter((one) => !before.contradictions.some((old) => old.rule === one.rule))
        .map((one) => `Please check: ${one.label}.`),
    ];
    if (news.length > 0) byId("status").textContent = news.join(" ");
  }

  // Moving about

  function showForm() {
    form.hidden = byId("progress").hidden = false;
    if (byId("privacy")) byId("privacy").open = false;
    if (byId("agree")) byId("agree").hidden = true;
  }

  function goTo(code) {
    const question = byId(code);
    question.scrollIntoView();
    question.querySelector("input").focus({ preventScroll: true });
  }

  function next(code) {
    const codes = last.applies.length ? model.items.map((item) => item.item_code).filter((one) => last.applies.includes(one)) : [];
    const following = codes[codes.indexOf(code) + 1];
    if (following) return goTo(following);
    byId("note").focus();
  }

  // Keeping, saving, clearing

  function keep() {
    if (!isDirty) return;
    const kept = store.keep({
      begun, seconds, skipped: [...skipped], typed: typed(),
      answers: answersOnPage(model), guesses: guessesOnPage(model),
    });
    byId("no-draft").hidden = kept;
  }

  function restore(draft) {
    begin(draft);
    putAnswers(model, draft.answers, draft.guesses);
    byId("reference").value = draft.typed.reference;
    byId("note").value = draft.typed.note;
    byId("committed_from").value = draft.typed.from;
    byId("committed_to").value = draft.typed.to;
    byId("restored-when").textContent = "from " + new Date(draft.kept_at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
    byId("restored").hidden = false;
    showForm();
    refresh();
  }

  function startAgain() {
    store.clear();
    form.reset();
    begin(null);
    for (const id of ["restored", "saved", "copy-part"]) byId(id).hidden = true;
    byId("copy-text").value = "";
    byId("status").textContent = "";
    form.hidden = byId("progress").hidden = Boolean(byId("privacy"));
    if (byId("privacy")) byId("privacy").open = true;
    if (byId("agree")) byId("agree").hidden = false;
    refresh();
    window.scrollTo(0, 0);
    byId("main").focus();
  }

  function save() {
    const record = recordOf(model, last.kept, guessesOnPage(model), typed(), begun);
    const name = `mo_record_${record.record_id}.json`;
    const text = JSON.stringify(record, null, 2) + "\n";
    saveAsFile(name, text);
    store.clear();
    isDirty = false;
    byId("saved-file").textContent = name;
    byId("copy-text").value = text;
    for (const id of ["saved", "copy-part"]) byId(id).hidden = false;
    form.hidden = byId("progress").hidden = byId("restored").hidden = true;
    byId("saved").focus();
  }

  function touched(event) {
    const control = event.target;
    if (control.dataset && control.name && control.closest(".options")) {
      keepApart(control);
      skipped.delete(control.name);
    }
    begun.started_at = begun.started_at || utcNow();
    isDirty = true;
    refresh();
    keep();
  }

  form.addEventListener("input", touched);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".skip, .undo");
    if (!button) return;
    const code = button.closest("fieldset").id;
    const isSkip = button.classList.contains("skip");
    if (isSkip) skipped.add(code);
    else clearAnswer(code);
    touched(event);
    if (isSkip) next(code);
    else goTo(code);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']:not(.jump)");
    if (!link) return;
    event.preventDefault();
    goTo(link.hash.slice(1));
  });
  // Enter in the box of the reference must not save a record that is hardly begun.
  byId("reference").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  byId("start-again").addEventListener("click", startAgain);
  byId("new-record").addEventListener("click", startAgain);
  byId("clear").addEventListener("click", () => {
    if (window.confirm("Clear every answer on this page and the draft in this browser?")) startAgain();
  });
  byId("change").addEventListener("click", () => {
    for (const id of ["saved", "copy-part"]) byId(id).hidden = true;
    showForm();
    byId("main").focus();
  });
  byId("copy").addEventListener("click", async () => {
    byId("status").textContent = (await copyText(byId("copy-text"))) ? "Copied." : "Select the text and copy it.";
  });
  window.addEventListener("pagehide", keep);
  if (byId("agree")) byId("agree").addEventListener("click", () => {
    showForm();
    byId("reference").focus();
  });
  if (byId("clock")) setInterval(() => {
    if (form.hidden || document.hidden || !begun.started_at) return;
    seconds += 1;
    byId("clock").firstElementChild.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 1000);

  form.reset(); // some browsers fill in what a page held before; only the draft may
  begin(null);
  byId("no-draft").hidden = store.canKeep;
  const draft = store.read();
  if (draft) restore(draft);
  else {
    if (!byId("privacy")) showForm();
    refresh();
  }
})();
