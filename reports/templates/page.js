"use strict";
(() => {
  const names = ["text", "verdict", "aspect", "document", "subject", "row"];
  const form = document.getElementById("filters");
  const list = document.getElementById("list");
  const buttons = [...form.querySelectorAll("button[value]")];
  const cases = [...list.children].map((element) => ({
    element,
    id: element.querySelector(".panel").id.slice("case=".length),
    verdicts: element.dataset.v.split("|"),
    document: element.dataset.d,
    rows: element.dataset.r.split(" "),
    aspects: element.dataset.a.split("|").map((found) => found.split(" ")),
  }));

  const textOf = (one) => (one.text ??= one.element.textContent.toLowerCase());

  function matches(one, wanted) {
    const columns = one.verdicts.map((_, column) => column);
    const chosen = wanted.subject ? columns.filter((column) => column === wanted.subject - 1) : columns;
    const verdicts = wanted.verdict ? wanted.verdict.split(",") : [];
    const judged = (column) => {
      if (!wanted.aspect) return !verdicts.length || verdicts.includes(one.verdicts[column]);
      return one.aspects[column].some((found) => {
        const [aspect, verdict] = found.split(":");
        return aspect === wanted.aspect && (!verdicts.length || verdicts.includes(verdict));
      });
    };
    return (
      chosen.some(judged) &&
      (!wanted.document || one.document === wanted.document) &&
      (!wanted.row || one.rows.includes(wanted.row)) &&
      (!wanted.text || wanted.text.toLowerCase().split(/\s+/).every((word) => textOf(one).includes(word)))
    );
  }

  function readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const wanted = {};
    for (const name of [...names, "case"]) if (given.get(name)) wanted[name] = given.get(name);
    return wanted;
  }

  function address(wanted) {
    const parts = Object.entries(wanted).filter(([, value]) => value);
    const encoded = (value) => encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",");
    return "#" + parts.map(([name, value]) => `${name}=${encoded(value)}`).join("&");
  }

  function showForm(wanted) {
    const verdicts = (wanted.verdict ?? "").split(",");
    for (const name of ["text", "aspect", "document", "subject"]) {
      const field = form.elements[name];
      if (field && document.activeElement !== field) field.value = wanted[name] ?? "";
    }
    for (const button of buttons) button.setAttribute("aria-pressed", verdicts.includes(button.value));
    document.getElementById("row").textContent = wanted.row ? `for row ${wanted.row}` : "";
    document.getElementById("clear").hidden = !names.some((name) => wanted[name]);
  }

  function show(wanted) {
    let count = 0;
    for (const one of cases) {
      const found = matches(one, wanted);
      count += found;
      one.element.hidden = !found && one.id !== wanted.case;
    }
    document.getElementById("count").textContent = `${count} of ${cases.length} cases`;
    document.getElementById("empty").hidden = count > 0 || Boolean(wanted.case);
    showForm(wanted);
  }

  function followAddress() {
    const wanted = readAddress();
    show(wanted);
    const one = cases.find((item) => item.id === wanted.case);
    if (one) {
      one.element.open = true;
      one.element.querySelector("summary").focus({ preventScroll: true });
      one.element.scrollIntoView();
    } else if (names.some((name) => wanted[name])) {
      document.getElementById("cases").scrollIntoView();
    }
  }

  function readForm() {
    const wanted = { row: readAddress().row };
    for (const name of ["text", "aspect", "document", "subject"]) wanted[name] = form.elements[name]?.value.trim();
    const pressed = buttons.filter((button) => button.getAttribute("aria-pressed") === "true");
    wanted.verdict = pressed.map((button) => button.value).join(",");
    history.replaceState(null, "", address(wanted));
    show(wanted);
  }

  function addCopyButtons() {
    for (const details of list.querySelectorAll(".repro")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", () => copy(details.querySelector("code"), button));
      details.querySelector("pre").before(button);
    }
  }

  async function copy(code, button) {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }

  function steerSquares() {
    for (const group of document.querySelectorAll(".squares")) {
      const squares = [...group.querySelectorAll("a")];
      for (const square of squares.slice(1)) square.tabIndex = -1;
      group.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const next = step && squares[squares.indexOf(document.activeElement) + step];
        if (!next) return;
        event.preventDefault();
        document.activeElement.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      });
    }
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", readForm);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[value]");
    if (!button) return;
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    readForm();
  });
  document.getElementById("clear").addEventListener("click", () => {
    history.replaceState(null, "", "#cases");
    show({});
  });
  addEventListener("hashchange", followAddress);
  addCopyButtons();
  steerSquares();
  followAddress();
})();
