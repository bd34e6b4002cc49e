"use strict";
// The language of docs/queries.md, as conformance/query.py reads it; one table of examples holds for both.
// compileQuery(text) gives a function that says of a row whether the query means it, or throws { message, position };
// with the names of the subjects as second argument, a query that names another one is refused.
const compileQuery = (() => {
  const AGREEMENT = ["close", "identical"];
  const DEPARTURES = ["silent", "crash", "timeout", "error", "different"];
  const WORDS = {
    verdict: [...DEPARTURES, "unsupported", "blocked", "close", "identical", "unspecified", "not judged"],
    aspect: [
      "error type", "error message", "value", "dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "graph",
      "version", "text", "label", "end",
    ],
  };
  const FIELDS = ["document", "topic", "verdict", "aspect", "subject"];
  const DEEPEST = 50;
  const TOKEN = /\s*(?:([()!])|"([^"]*)("?)|([^\s()"]+))/y;
  const FIELD = /^([A-Za-z_]+):(?!:)(.*)$/s;
  const KEY = /^[a-z]\d*$/;

  const plain = (text) => text.replaceAll("`", "").toLowerCase();
  const spaced = (text) => text.replaceAll("_", " ");

  // What is looked for is a list of parts: between two of them stands any text.
  const partsOf = (token) => (token.kind === "phrase" ? [plain(token.text)] : plain(token.text).split("*"));

  function equals(parts, given) {
    const text = plain(given);
    if (parts.length === 1) return text === parts[0];
    const [first, last] = [parts[0], parts.at(-1)];
    const end = text.length - last.length;
    let at = first.length;
    if (end < at || !text.startsWith(first) || !text.endsWith(last)) return false;
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  }

  const standsIn = (parts, text) => (parts.length === 1 ? plain(text).includes(parts[0]) : equals(parts, text));

  const names = (parts, subject) =>
    equals(parts, subject) || (parts.length === 1 && plain(subject).startsWith(`${parts[0]} `));

  function isOfDocument(row, parts) {
    const keys = row.rows.flatMap((key) => [key, key.replace(/\d+$/, "")]);
    return keys.some((key) => equals(parts, key)) || (!KEY.test(parts[0]) && standsIn(parts, row.document));
  }

  function agrees(row, parts) {
    const verdicts = Object.keys(row.verdicts).filter((subject) => names(parts, subject));
    return verdicts.length > 0 && verdicts.every((subject) => AGREEMENT.includes(row.verdicts[subject]));
  }

  const departs = (row, subject, aspects) =>
    aspects.some((aspect) => DEPARTURES.includes(row.aspects[subject]?.[aspect]));

  // A term: whether a row fits, given the subjects spoken of; `judges` if that depends on each of them.
  const term = (fits, judges = false) => ({ fits, judges });

  class Reader {
    constructor(text, subjects) {
      this.text = text;
      this.subjects = subjects;
      this.depth = 0;
      this.tokens = this.cut();
    }

    refuse(message, position) {
      throw { message, position };
    }

    cut() {
      const tokens = [];
      const end = this.text.trimEnd().length;
      for (let at = 0; at < end; ) {
        TOKEN.lastIndex = at;
        const [whole, sign, phrase, closing, word] = TOKEN.exec(this.text);
        const start = at + whole.length - whole.trimStart().length;
        at += whole.length;
        if (phrase !== undefined && !closing) this.refuse("this quote is not closed", start);
        if (phrase !== undefined && !phrase.trim()) this.refuse("nothing stands between these quotes", start);
        tokens.push({ kind: sign ?? (word ? "word" : "phrase"), text: word ?? phrase ?? sign, start, stop: at });
      }
      return [...tokens, { kind: "end", text: "", start: end, stop: end }];
    }

    get next() {
      return this.tokens[0];
    }

    isWord(token, ...words) {
      return token.kind === "word" && words.includes(token.text.toLowerCase());
    }

    whole() {
      if (this.next.kind === "end") return term(() => true);
      const found = this.either();
      if (this.next.kind !== "end") this.refuse("this parenthesis closes nothing", this.next.start);
      return found;
    }

    either() {
      const terms = [this.group()];
      while (this.isWord(this.next, "or")) {
        this.tokens.shift();
        terms.push(this.group());
      }
      return term((row, subjects) => terms.some((one) => one.fits(row, subjects)));
    }

    // Terms side by side: where one judges a subject, all of them speak of the same one.
    group() {
      const terms = [this.term()];
      while (![")", "end"].includes(this.next.kind) && !this.isWord(this.next, "or")) {
        if (this.isWord(this.next, "and")) this.tokens.shift();
        terms.push(this.term());
      }
      const all = (row, subjects) => terms.every((one) => one.fits(row, subjects));
      if (terms.length === 1 || !terms.some((one) => one.judges)) return term(all);
      return term((row, subjects) => subjects.some((subject) => all(row, [subject])));
    }

    term() {
      const token = this.tokens.shift();
      if (token.kind === "!" || this.isWord(token, "not")) {
        const negated = this.deeper(token, () => this.term());
        return term((row, subjects) => !negated.fits(row, subjects));
      }
      if (token.kind === "(") {
        const inside = this.deeper(token, () => this.either());
        this.close(token);
        return inside;
      }
      if (token.kind === ")" || token.kind === "end" || this.isWord(token, "and", "or"))
        this.refuse("a term is missing here", token.start);
      if (token.kind === "word" && this.next.kind === "(" && this.next.start === token.stop)
        return this.agreement(token);
      const field = token.kind === "word" && FIELD.exec(token.text);
      if (field) return this.field(field[1], this.operand(token, field));
      const parts = partsOf(token);
      return term((row) => standsIn(parts, row.id) || standsIn(parts, row.claim));
    }

    deeper(token, read) {
      this.depth += 1;
      if (this.depth > DEEPEST)
        this.refuse(`more than ${DEEPEST} parentheses and negations stand in each other here`, token.start);
      const found = read();
      this.depth -= 1;
      return found;
    }

    close(opening) {
      if (this.tokens.shift().kind !== ")") this.refuse("this parenthesis is not closed", opening.start);
    }

    agreement(token) {
      const opening = this.tokens.shift();
      if (!this.isWord(token, "agree"))
        this.refuse("only agree takes parentheses: put text with parentheses in quotes", opening.start);
      const inside = [];
      while (["word", "phrase", "!"].includes(this.next.kind)) inside.push(this.tokens.shift());
      if (!inside.length) this.refuse("the name of a subject is missing here", this.next.start);
      this.close(opening);
      const parts = partsOf({ ...inside[0], text: inside.map((each) => each.text).join(" ") });
      this.checkSubject(parts, inside[0].start);
      return term((row) => agrees(row, parts));
    }

    // The value after a field's colon.
    operand(token, [, name, rest]) {
      if (!FIELDS.includes(name.toLowerCase()))
        this.refuse(
          `there is no field "${name}", but ${FIELDS.join(", ")}: put text with a colon in quotes`,
          token.start,
        );
      if (rest) return { kind: "word", text: rest, start: token.start + name.length + 1, stop: token.stop };
      if (this.next.kind !== "phrase" || this.next.start > token.stop)
        this.refuse(`a value belongs here, right after "${name}:"`, token.stop);
      return this.tokens.shift();
    }

    field(given, operand) {
      const name = given.toLowerCase();
      const parts = partsOf(operand);
      if (name === "document") return term((row) => isOfDocument(row, parts));
      if (name === "topic") return term((row) => equals(parts, row.topic));
      if (name === "subject") {
        this.checkSubject(parts, operand.start);
        return term((row, subjects) => subjects.some((subject) => names(parts, subject)), true);
      }
      const words = WORDS[name].filter((word) => equals(parts.map(spaced), spaced(word)));
      if (!words.length)
        this.refuse(`there is no ${name} "${operand.text}", but ${WORDS[name].join(", ")}`, operand.start);
      this.checkVerdicts(operand.start);
      if (name === "verdict")
        return term((row, subjects) => subjects.some((subject) => words.includes(row.verdicts[subject])), true);
      return term((row, subjects) => subjects.some((subject) => departs(row, subject, words)), true);
    }

    checkSubject(parts, position) {
      this.checkVerdicts(position);
      if (this.subjects && !this.subjects.some((subject) => names(parts, subject)))
        this.refuse(`no subject has this name, but ${this.subjects.join(", ")}`, position);
    }

    checkVerdicts(position) {
      if (this.subjects && !this.subjects.length)
        this.refuse("this asks for verdicts, which only recordings of both sides have", position);
    }
  }

  return (text, subjects) => {
    const found = new Reader(text, subjects).whole();
    return (row) => found.fits(row, Object.keys(row.verdicts));
  };
})();
