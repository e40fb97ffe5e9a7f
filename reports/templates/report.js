// Filters, and links that open their target. Without this script, everything is shown, and links and <details> still work.
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");
  const byId = (id) => document.getElementById(id);
  const form = byId("filter:form");
  const shown = byId("filter:shown");
  const none = byId("filter:none");

  // The address ends in an anchor, a filter, or both: #ANCHOR?FILTER. An anchor contains no question mark.
  const address = () => {
    const [place, ...filter] = location.hash.slice(1).split("?");
    return { place: decoded(place), filter: filter.join("?") };
  };
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const remember = (place) => {
    const filter = query();
    try {
      history.replaceState(null, "", `#${place}${filter && "?"}${filter}`);
    } catch {
      // A browser may refuse frequent changes of the address. The page still shows the filtered verdicts.
    }
  };

  // The page as data: scenarios, their grids, cells and verdicts.
  const scenarios = [...document.querySelectorAll("section.scenario")].map((node) => {
    const rows = [...node.querySelectorAll(".grid tbody tr")];
    const heads = [...node.querySelectorAll(".grid thead tr")].flatMap((row) => {
      let start = 0;
      return [...row.cells].slice(1).map((head) => ({ head, start, end: (start += head.colSpan) }));
    });
    const cells = [...node.querySelectorAll("details.cell")].map((cell, column) => {
      const articles = [...cell.querySelectorAll("article")];
      const dots = [...cell.querySelectorAll(".dot")];
      const verdict = (row, index) => {
        const link = row.cells[column + 1].querySelector("a");
        const at = link ? articles.findIndex((article) => `#${article.id}` === link.hash) : -1;
        return at < 0 ? [] : [{ cell, row: index, state: articles[at].dataset.state, article: articles[at], link, dot: dots[at] }];
      };
      const axes = new Map(cell.dataset.axes.split("\n").map((axis) => axis.split(/=(.*)/s, 2)));
      return { node: cell, axes, verdicts: rows.flatMap(verdict) };
    });
    const note = node.appendChild(document.createElement("p"));
    note.className = "shown-here";
    note.hidden = true;
    node.querySelector("h2").after(note);
    return { node, note, rows, heads, cells, section: node.dataset.section };
  });

  // The searchable text, collected at the first search.
  const text = (verdict) => {
    const parts = [".sentence", ".why", ".observed"].map((part) => verdict.article.querySelector(part));
    const names = [verdict.article.querySelector("h4 a"), verdict.cell.querySelector("summary .name")];
    const scenario = verdict.cell.closest("section").querySelector(".id");
    return (verdict.text ??= [scenario, ...names, ...parts].map((part) => part?.textContent ?? "").join("\n").toLowerCase());
  };

  const chosen = () => [...new FormData(form)].filter(([, value]) => value.trim());
  const query = () => (form ? new URLSearchParams(chosen()).toString() : "");
  // The filter in words.
  const spoken = () =>
    chosen().map(([name, value]) => {
      if (name === "search") return `“${value.trim()}”`;
      if (name === "section") return `section “${form.elements.section.selectedOptions[0].text}”`;
      if (name === "state") return form.querySelector(`[value="${value}"] + .chip`).lastChild.textContent.trim();
      return `${name.replace("axis.", "")} ${value}`;
    });

  const choose = (filter) => {
    if (!form) return;
    const wanted = new URLSearchParams(filter);
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = wanted.getAll(field.name).includes(field.value);
      else if (field.name === "section") {
        field.value = wanted.get("section") ?? "";
        if (field.selectedIndex < 0) field.value = "";
      } else if (field.name) field.value = wanted.get(field.name) ?? "";
    }
    apply();
  };

  const apply = () => {
    const data = new FormData(form);
    const states = new Set(data.getAll("state"));
    const words = data.get("search").toLowerCase().split(/\s+/).filter(Boolean);
    const axes = new Map();
    for (const [name, value] of data) {
      if (name.startsWith("axis.")) axes.set(name.slice(5), [...(axes.get(name.slice(5)) ?? []), value]);
    }
    const filter = {
      narrow: states.size > 0 || words.length > 0,
      cell: (scenario, cell) =>
        (!data.get("section") || data.get("section") === scenario.section) &&
        [...axes].every(([axis, values]) => values.includes(cell.axes.get(axis))),
      verdict: (verdict) =>
        (!states.size || states.has(verdict.state)) && words.every((word) => text(verdict).includes(word)),
    };
    update(scenarios.map((scenario) => narrow(scenario, filter)));
  };

  // Shows the verdicts of one scenario that match the filter, and counts them.
  const narrow = (scenario, filter) => {
    const rows = new Set();
    const count = { cells: 0, allCells: scenario.cells.length, verdicts: 0, allVerdicts: 0 };
    const columns = scenario.cells.map((cell) => {
      const fits = filter.cell(scenario, cell);
      const seen = cell.verdicts.filter((verdict) => {
        const passes = fits && filter.verdict(verdict);
        verdict.article.hidden = verdict.link.hidden = verdict.dot.hidden = !passes;
        if (passes) rows.add(verdict.row);
        return passes;
      });
      const visible = fits && (!filter.narrow || seen.length > 0);
      cell.node.hidden = !visible;
      count.cells += visible;
      count.verdicts += seen.length;
      count.allVerdicts += cell.verdicts.length;
      return visible;
    });
    scenario.rows.forEach((row, index) => {
      row.hidden = filter.narrow && !rows.has(index);
      columns.forEach((visible, column) => (row.cells[column + 1].hidden = !visible));
    });
    for (const { head, start, end } of scenario.heads) {
      const width = columns.slice(start, end).filter(Boolean).length;
      head.hidden = width === 0;
      head.colSpan = width || 1;
    }
    scenario.node.hidden = count.cells === 0;
    scenario.note.hidden = count.verdicts === count.allVerdicts;
    scenario.note.textContent = `${count.verdicts} of ${count.allVerdicts} verdicts, ${count.cells} of ${count.allCells} cells are shown`;
    return count;
  };

  const update = (counts) => {
    const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
    const filters = spoken();
    const numbers = `${sum("verdicts")} of ${sum("allVerdicts")} verdicts in ${sum("cells")} of ${sum("allCells")} cells are shown`;
    const [status, all] = shown.children;
    status.textContent = filters.length ? `${numbers}: ${filters.join("; ")}` : `All ${sum("allVerdicts")} verdicts in ${sum("allCells")} cells are shown`;
    shown.classList.toggle("filtered", filters.length > 0);
    all.hidden = filters.length === 0;
    none.hidden = sum("cells") > 0;
  };

  // The verdict in the grid to return to.
  let origin = null;

  // The target of the address. It has a class for style sheets, because an address with a filter has no :target.
  let current = null;

  const show = (place) => {
    const target = place ? byId(place) : null;
    current?.classList.remove("current");
    current = target;
    if (!target) return;
    target.classList.add("current");
    // The target is always shown, regardless of filters.
    if (target.closest("[hidden]")) {
      choose("");
      remember(place);
    }
    for (let node = target; node; node = node.parentElement) {
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    const goal = origin ?? target;
    goal.scrollIntoView({ block: origin ? "center" : "start" });
    goal.focus({ preventScroll: true });
    origin = null;
  };

  const arrive = () => {
    const { place, filter } = address();
    if (filter !== query()) choose(filter);
    show(place);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const verdict = link.matches(".back") && link.closest("article");
    origin = verdict ? [...document.querySelectorAll(".grid a")].find((each) => each.hash === `#${verdict.id}`) : null;
    const { section, state } = link.dataset;
    if (section !== undefined) choose(new URLSearchParams({ section, state }).toString());
    const before = location.href;
    location.hash = link.hash;
    const moved = location.href !== before;
    const place = decoded(link.hash.slice(1));
    remember(place);
    // A link to the current target does not change the hash.
    if (!moved) show(place);
  });
  addEventListener("hashchange", arrive);

  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  document.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const from = event.target.closest(".grid tbody td");
    if (!step || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    let row = from.parentElement.sectionRowIndex;
    let column = from.cellIndex;
    let next;
    do {
      row += step[0];
      column += step[1];
      next = from.closest("tbody").rows[row]?.cells[column];
      if (!next) return;
    } while (next.hidden || next.parentElement.hidden || !next.querySelector("a:not([hidden])"));
    event.preventDefault();
    next.querySelector("a").focus();
  });

  if (form) {
    form.hidden = shown.hidden = false;
    const changed = () => {
      apply();
      const { place } = address();
      remember(byId(place)?.closest("[hidden]") ? "" : place);
    };
    let typed;
    form.addEventListener("input", (event) => {
      clearTimeout(typed);
      typed = setTimeout(changed, event.target.type === "search" ? 150 : 0);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(typed);
      changed();
    });
    for (const button of [shown, none].map((node) => node.querySelector("button"))) {
      button.addEventListener("click", () => {
        choose("");
        remember(address().place);
        form.elements.search.focus();
      });
    }
    choose("");
  }
  arrive();

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
