// What happens on the page: after every answer it is judged anew, shown, and kept as a draft.

(function startForm() {
  const model = JSON.parse(byId("model").textContent);
  const form = byId("form");
  const store = draftStore("colink-form:1:" + model.form_key);
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

  function refresh() {
    const now = judge(model, answersOnPage(model));
    showJudgement(model, now, skipped);
    if (last) announce(model, last, now);
    last = now;
  }

  // A form with a privacy notice shows that alone until it was read.
  function showForm(isShown) {
    form.hidden = byId("progress").hidden = !isShown;
    if (!byId("privacy")) return;
    byId("privacy").open = !isShown;
    byId("agree").hidden = isShown;
  }

  function showSaved(isSaved) {
    byId("saved").hidden = byId("copy-part").hidden = !isSaved;
  }

  function keep() {
    if (!isDirty) return;
    byId("no-draft").hidden = store.keep({
      begun, seconds, skipped: [...skipped], typed: typed(),
      answers: answersOnPage(model), guesses: guessesOnPage(model),
    });
  }

  function restore(draft) {
    begin(draft);
    putAnswers(model, draft.answers, draft.guesses);
    byId("reference").value = draft.typed.reference;
    byId("note").value = draft.typed.note;
    byId("committed_from").value = draft.typed.from;
    byId("committed_to").value = draft.typed.to;
    const when = new Date(draft.kept_at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
    byId("restored-when").textContent = "from " + when;
    byId("restored").hidden = false;
    byId("status").textContent = "We kept your answers " + byId("restored-when").textContent;
    showForm(true);
    refresh();
  }

  function startAgain() {
    store.clear();
    form.reset();
    begin(null);
    byId("restored").hidden = true;
    byId("copy-text").value = byId("status").textContent = byId("copied").textContent = "";
    if (byId("clock")) showSeconds();
    showSaved(false);
    showForm(!byId("privacy"));
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
    showForm(false);
    if (byId("privacy")) {
      byId("privacy").open = false;
      byId("agree").hidden = true;
    }
    byId("restored").hidden = true;
    showSaved(true);
    byId("saved").focus();
  }

  function showSeconds() {
    byId("clock").firstElementChild.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  function touched(event) {
    const control = event.target;
    if (control.closest(".options")) {
      keepApart(control);
      skipped.delete(control.name);
    }
    begun.started_at = begun.started_at || utcNow();
    isDirty = true;
    refresh();
    keep();
  }

  function leave(event) {
    const button = event.target.closest(".skip, .undo");
    if (!button) return;
    const code = button.closest("fieldset").id;
    const isSkip = button.classList.contains("skip");
    if (isSkip) skipped.add(code);
    else clearAnswer(code);
    touched(event);
    const shown = model.items.map((item) => item.item_code).filter((one) => last.applies.includes(one));
    const next = isSkip ? shown[shown.indexOf(code) + 1] : code;
    if (next) goTo(next);
    else byId("note").focus();
  }

  form.addEventListener("input", touched);
  form.addEventListener("click", leave);
  // Only the button saves: Enter in a box must not save a record that is hardly begun.
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("save").addEventListener("click", save);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']:not(.jump)");
    if (!link) return;
    event.preventDefault();
    goTo(link.hash.slice(1));
  });
  byId("start-again").addEventListener("click", startAgain);
  byId("new-record").addEventListener("click", startAgain);
  byId("clear").addEventListener("click", () => {
    if (window.confirm("Clear every answer on this page and the draft in this browser?")) startAgain();
  });
  byId("change").addEventListener("click", () => {
    showSaved(false);
    showForm(true);
    byId("main").focus();
  });
  byId("copy").addEventListener("click", async () => {
    const isCopied = await copyText(byId("copy-text"));
    byId("copied").textContent = isCopied ? "Copied." : "Select the text and copy it.";
  });
  window.addEventListener("pagehide", keep);
  if (byId("privacy")) {
    byId("agree").addEventListener("click", () => {
      showForm(true);
      byId("reference").focus();
    });
  }
  if (byId("clock")) {
    setInterval(() => {
      if (form.hidden || document.hidden || !begun.started_at) return;
      seconds += 1;
      showSeconds();
    }, 1000);
  }

  history.scrollRestoration = "manual"; // the notice of a draft stands at the top
  form.reset(); // some browsers fill in what the page held before; only the draft may
  byId("no-draft").hidden = store.canKeep;
  begin(null);
  showForm(!byId("privacy"));
  refresh();
  const draft = store.read();
  try {
    if (draft) restore(draft);
  } catch (error) {
    startAgain(); // what the browser held is no draft of ours
  }
})();
