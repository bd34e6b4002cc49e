// The page's behaviour: filters that live in the address, panels that are unpacked when a case is opened, sorting.
(() => {
  const FILTERS = ["q", "verdict", "aspect", "document", "topic", "subject", "row"];
  const FIELDS = ["q", "aspect", "document", "topic", "subject", "order"];
  const byId = (id) => document.getElementById(id);
  const index = JSON.parse(byId("index").textContent);
  const worstAspects = index.kinds.map((found) => Object.fromEntries([...found].reverse()));
  const form = byId("filters");
  const list = byId("list");
  const buttons = [...form.querySelectorAll("button[value]")];
  const named = (values) => Object.fromEntries(index.subjects.map((name, column) => [name, values[column]]));

  const cases = [...list.children].map((element, at) => {
    const [title, document, rows, verdicts, found] = index.cases[at];
    const id = element.lastElementChild.id.slice("case=".length);
    return { element, at, id, topic: id.split("::")[0], title, document, rows, verdicts, found };
  });
  const known = new Map(cases.map((one) => [one.id, one]));
  const held = new Map(cases.map((one) => [one.element, one]));

  // What the query language reads of a case.
  function row(one) {
    return (one.row ??= {
      id: one.id,
      claim: one.element.querySelector(".claim").textContent,
      document: one.title,
      rows: one.rows,
      topic: one.topic,
      verdicts: named(one.verdicts.map((verdict) => index.verdicts[verdict])),
      aspects: named(one.found.map((kind) => worstAspects[kind])),
    });
  }

  function matches(one, wanted, query) {
    const verdicts = wanted.verdict ? wanted.verdict.split(",") : [];
    const fits = (verdict) => !verdicts.length || verdicts.includes(verdict);
    const judged = (column) => {
      if (!wanted.aspect) return fits(index.verdicts[one.verdicts[column]]);
      const found = index.kinds[one.found[column]];
      return found.some(([aspect, verdict]) => aspect === wanted.aspect && fits(verdict));
    };
    const columns = index.subjects.map((_, column) => column);
    return (
      (!wanted.document || one.document === wanted.document) &&
      (!wanted.topic || one.topic === wanted.topic) &&
      (!wanted.row || one.rows.includes(wanted.row)) &&
      columns.some((column) => (!wanted.subject || column === wanted.subject - 1) && judged(column)) &&
      query(row(one))
    );
  }

  // The query as a function, or one that nothing matches, with what is wrong shown under the box.
  function compiled(text) {
    const told = byId("fault");
    told.textContent = "";
    byId("q").removeAttribute("aria-invalid");
    if (!text) return () => true;
    try {
      return compileQuery(text, index.subjects);
    } catch (fault) {
      if (typeof fault.position !== "number") throw fault;
      byId("q").setAttribute("aria-invalid", "true");
      told.textContent = `${text}\n${" ".repeat(fault.position)}^\n${fault.message}`;
      return () => false;
    }
  }

  function readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const wanted = {};
    for (const name of [...FILTERS, "order", "case", "reproduce"]) if (given.get(name)) wanted[name] = given.get(name);
    const plain = decodeURIComponent(location.hash.slice(1));
    if (known.has(plain)) wanted.case = plain;
    return wanted;
  }

  function address(wanted) {
    const parts = Object.entries(wanted).filter(([, value]) => value);
    const encoded = (value) => encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",");
    return "#" + parts.map(([name, value]) => `${name}=${encoded(value)}`).join("&");
  }

  function showForm(wanted) {
    const verdicts = (wanted.verdict ?? "").split(",");
    for (const name of FIELDS) {
      const field = form.elements[name];
      if (field && document.activeElement !== field) field.value = wanted[name] ?? "";
    }
    for (const button of buttons) button.setAttribute("aria-pressed", verdicts.includes(button.value));
    byId("row").textContent = wanted.row ? `for row ${wanted.row}` : "";
    byId("clear").hidden = !FILTERS.some((name) => wanted[name]);
  }

  let order = "";
  function arrange(wanted = "") {
    if (wanted === order) return;
    order = wanted;
    const worst = (one) => [...one.verdicts].sort((a, b) => a - b).map((verdict) => String.fromCharCode(97 + verdict)).join("");
    const keys = new Map(cases.map((one) => [one, order ? worst(one) : ""]));
    const sorted = [...cases].sort((a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a.at - b.at));
    list.append(...sorted.map((one) => one.element));
  }

  function show(wanted) {
    const query = compiled(wanted.q);
    let count = 0;
    for (const one of cases) {
      const found = matches(one, wanted, query);
      count += found;
      one.element.hidden = !found && one.id !== wanted.case;
    }
    arrange(wanted.order);
    byId("count").textContent = `${count} of ${cases.length} cases`;
    byId("empty").hidden = count > 0 || Boolean(wanted.case);
    showForm(wanted);
  }

  async function followAddress() {
    const wanted = readAddress();
    show(wanted);
    const one = known.get(wanted.case);
    if (one) {
      one.element.open = true;
      await fill(one);
      const lines = wanted.reproduce && one.element.querySelector(`.repro[data-subject="${Number(wanted.reproduce)}"]`);
      if (lines) lines.open = true;
      (lines || one.element).querySelector("summary").focus({ preventScroll: true });
      (lines || one.element).scrollIntoView();
    } else if (FILTERS.some((name) => wanted[name])) {
      byId("cases").scrollIntoView();
    }
  }

  function readForm() {
    const wanted = { row: readAddress().row };
    for (const name of FIELDS) wanted[name] = form.elements[name]?.value.trim();
    const pressed = buttons.filter((button) => button.getAttribute("aria-pressed") === "true");
    wanted.verdict = pressed.map((button) => button.value).join(",");
    history.replaceState(null, "", address(wanted));
    show(wanted);
  }

  // What was closed when the page came is text in a `noscript`, as a browser opens a page of few elements sooner.
  function unfold(element) {
    const folded = element.querySelector(":scope > noscript");
    if (folded) folded.outerHTML = folded.textContent;
  }

  const chunks = new Map();
  async function unpacked(topic) {
    const bytes = Uint8Array.from(atob(byId(`panels=${topic}`).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  // The panel is HTML that the report made: whatever is a subject's stands in it escaped.
  function fill(one) {
    return (one.filled ??= (async () => {
      const panel = one.element.querySelector(".panel");
      unfold(panel.parentNode);
      if (!chunks.has(one.topic)) chunks.set(one.topic, unpacked(one.topic));
      try {
        panel.innerHTML = (await chunks.get(one.topic))[one.id];
      } catch (fault) {
        panel.textContent = `This browser cannot open what was observed (${fault}).`;
      }
      const reproductions = [...panel.querySelectorAll(".repro")];
      for (const details of reproductions) complete(details, reproductions[0]);
    })());
  }

  // Where the lines after a subject's own begin as the first subject's do, that beginning is left out.
  function complete(details, first) {
    const own = (one) => one.querySelector("code > span");
    if (details !== first) own(details).after(own(first).nextSibling.data.slice(0, details.dataset.shared));
    addButtons(details);
  }

  function addButton(text, place, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => act(button));
    place.append(button);
  }

  function addButtons(details) {
    const own = details.querySelector("code > span");
    const subject = own.textContent;
    const place = document.createElement("p");
    place.className = "buttons";
    addButton("Copy", place, (button) => copy(details.querySelector("code"), button));
    addButton("Lines for PyTorch", place, (button) => {
      const theirs = own.textContent === subject;
      own.textContent = theirs ? "import torch" : subject;
      button.textContent = theirs ? "Lines for the subject" : "Lines for PyTorch";
    });
    details.querySelector("pre").before(place);
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

  // Puts items in their first order, or those with the least share of agreement first; returns the new order's places.
  function sorted(items, worst) {
    const share = (item) => Number(item.dataset.share);
    for (const [at, item] of items.entries()) item.dataset.at ??= at;
    return [...items].sort((a, b) => (worst && share(a) - share(b)) || a.dataset.at - b.dataset.at);
  }

  function sortRows(worst) {
    for (const body of document.querySelectorAll(".matrix tbody")) body.append(...sorted([...body.rows], worst));
  }

  function sortColumns(worst) {
    for (const table of document.querySelectorAll(".matrix")) {
      const heads = [...table.tHead.rows[0].cells].slice(1);
      const places = sorted(heads, worst).map((head) => heads.indexOf(head) + 1);
      for (const line of table.rows) {
        const cells = [...line.cells];
        line.append(...places.map((place) => cells[place]));
      }
    }
  }

  function addSort(id, sort) {
    byId(id)?.addEventListener("click", ({ currentTarget }) => {
      const worst = currentTarget.getAttribute("aria-pressed") !== "true";
      currentTarget.setAttribute("aria-pressed", worst);
      for (const table of document.querySelectorAll(".sums")) unfold(table);
      sort(worst);
    });
  }

  // A case's verdicts as a strip of squares, in the order of the subjects, drawn when the case comes into sight:
  // for eyes alone, as they stand in words below.
  const strips = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      strips.unobserve(target);
      const strip = document.createElement("span");
      strip.className = "strip";
      strip.setAttribute("aria-hidden", "true");
      held.get(target).verdicts.forEach((verdict, column) => {
        const square = document.createElement("i");
        square.className = index.verdicts[verdict].replace(" ", "-");
        square.title = `${index.subjects[column]}: ${index.verdicts[verdict]}`;
        strip.append(square);
      });
      target.querySelector(".vs").append(strip);
    }
  });

  // A case that is opened from a subject's faults shows that subject's lines to paste.
  function showLines(event) {
    const link = event.target.closest(".roots a");
    if (!link) return;
    event.preventDefault();
    location.hash = `${link.hash}&reproduce=${link.closest(".faults").dataset.subject}`;
  }

  form.hidden = false;
  document.querySelector(".sorts").hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", readForm);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[value]");
    if (!button) return;
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    readForm();
  });
  byId("clear").addEventListener("click", () => {
    history.replaceState(null, "", "#cases");
    show({});
  });
  document.querySelector("main").addEventListener("toggle", ({ target }) => unfold(target), true);
  list.addEventListener("toggle", ({ target }) => target.matches(".case[open]") && fill(held.get(target)), true);
  if (index.subjects.length > 1) for (const one of cases) strips.observe(one.element);
  byId("faults").parentNode.addEventListener("click", showLines);
  addSort("sort-rows", sortRows);
  addSort("sort-columns", sortColumns);
  addEventListener("hashchange", followAddress);
  followAddress();
})();
