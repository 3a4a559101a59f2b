// A draft of the answers in this browser, so that closing the page loses nothing. Where the browser keeps none
// (private windows, locked-down phones) every function still works and `canKeep` says so.

const DRAFT_DAYS = 7;

function draftStore(key) {
  function attempt(action) {
    try {
      return action(window.localStorage);
    } catch (error) {
      return undefined;
    }
  }
  const probe = key + ":probe";
  const canKeep = attempt((store) => {
    store.setItem(probe, "1");
    store.removeItem(probe);
    return true;
  }) === true;
  function clear() {
    attempt((store) => store.removeItem(key));
  }
  function read() {
    const draft = attempt((store) => JSON.parse(store.getItem(key)));
    if (!draft || !Number.isFinite(draft.kept_at)) return null;
    if (Date.now() - draft.kept_at <= DRAFT_DAYS * 86400000) return draft;
    clear();
    return null;
  }
  function keep(draft) {
    return attempt((store) => {
      store.setItem(key, JSON.stringify({ ...draft, kept_at: Date.now() }));
      return true;
    }) === true;
  }
  return { canKeep, read, keep, clear };
}
