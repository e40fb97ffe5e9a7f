// Opens what a link leads to and moves the focus there. Without it, links and <details> do.
(() => {
  "use strict";
  // The verdict in the grid from which one came, when one goes back there.
  let origin = null;

  const show = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    const place = origin ?? target;
    place.scrollIntoView({ block: origin ? "center" : "start" });
    place.focus({ preventScroll: true });
    origin = null;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    const verdict = link.matches(".back") && link.closest("article");
    origin = verdict ? [...document.querySelectorAll(".grid a")].find((each) => each.hash === `#${verdict.id}`) : null;
    // A link to where one already is changes no hash, but is meant all the same.
    if (link.hash !== location.hash) return;
    event.preventDefault();
    show();
  });
  addEventListener("hashchange", show);
  show();

  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  document.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const from = event.target.closest(".grid tbody td");
    if (!step || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = from.parentElement.sectionRowIndex + step[0];
    const next = from.closest("tbody").rows[row]?.cells[from.cellIndex + step[1]]?.querySelector("a");
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  for (const button of document.querySelectorAll("button.copy")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "copied";
      setTimeout(() => (button.textContent = "copy"), 1500);
    });
  }
})();
