"use strict";
// Moves the line: marks under it grow faint, crimes are counted anew (all of them, not only those that are listed), and
// the list shows what lies on or above it. Nothing is fetched and nothing is kept.
(() => {
  const told = JSON.parse(document.getElementById("told").textContent);
  const slider = document.getElementById("line");
  const marks = [...document.querySelectorAll("#maxima [data-step]")];
  const rows = [...document.querySelectorAll("#leads tbody tr")];
  const rule = document.querySelector("#maxima .rule");
  const more = document.getElementById("more");
  const number = new Intl.NumberFormat("en-GB");
  const base = Number(slider.getAttribute("value"));
  const perStep = Number(slider.dataset.perStep);
  let isWhole = false;

  function list(line) {
    const above = rows.filter((row) => Number(row.dataset.step) >= line);
    rows.forEach((row) => { row.hidden = true; });
    above.slice(0, isWhole ? above.length : told.first).forEach((row) => { row.hidden = false; });
    more.hidden = isWhole || above.length <= told.first;
    more.textContent = `Show all ${number.format(above.length)}`;
    document.getElementById("none").hidden = above.length > 0;
    document.getElementById("leads").hidden = above.length === 0;
  }

  function move() {
    const line = Number(slider.value);
    slider.setAttribute("aria-valuetext", `${line}%`);
    rule.setAttribute("transform", `translate(0 ${((base - line) * perStep).toFixed(1)})`);
    marks.forEach((mark) => mark.classList.toggle("faint", Number(mark.dataset.step) < line));
    document.querySelectorAll(".at").forEach((place) => { place.textContent = `${line}%`; });
    Object.entries(told.counts).forEach(([kind, counts]) => {
      const place = document.getElementById(`n-${kind}`);
      if (place) place.textContent = number.format(counts[line]);
    });
    list(line);
  }

  more.addEventListener("click", () => {
    isWhole = true;
    const first = rows.filter((row) => !row.hidden).length;
    move();
    const next = rows.filter((row) => !row.hidden)[first];
    if (next) { next.tabIndex = -1; next.focus(); }
  });
  slider.addEventListener("input", move);
  document.documentElement.classList.add("can-move");
  move();
})();
