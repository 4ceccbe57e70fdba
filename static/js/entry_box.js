// The entry box above an order grid: suggestions while typing, scanning, pasting many lines, dropping a file.

import { focusField } from "./keyboard.js";
import { readLines } from "./lines.js";

const PAUSE = 150;

class EntryBox {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector('input[name="text"]');
    this.list = form.querySelector('[role="listbox"]');
    this.status = form.querySelector("[data-entry-status]");
    this.messages = JSON.parse(form.dataset.messages);
    this.chosen = -1;
    form.entryBox = this;
    form.addEventListener("submit", (event) => this.onSubmit(event));
    this.input.addEventListener("input", () => this.onInput());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("paste", (event) => this.onPaste(event));
    this.input.addEventListener("blur", () => this.close());
    this.list?.addEventListener("pointerdown", (event) => this.onPick(event));
    for (const type of ["dragover", "dragleave", "drop"]) form.addEventListener(type, (event) => this.onDrag(event));
  }

  grid() {
    return document.getElementById(this.form.dataset.grid)?.orderGrid;
  }

  // Suggestions

  onInput() {
    if (!this.list) return;
    clearTimeout(this.timer);
    const wanted = this.input.value.trim();
    if (wanted.length < 2) this.close();
    else this.timer = setTimeout(() => this.suggest(wanted), PAUSE);
  }

  async suggest(wanted) {
    const url = new URL(this.form.dataset.suggestUrl, document.baseURI);
    url.searchParams.set("q", wanted);
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (!response.ok || this.input.value.trim() !== wanted || document.activeElement !== this.input) return;
      this.offer((await response.json()).items);
    } catch {
      this.close();
    }
  }

  offer(items) {
    this.chosen = -1;
    this.list.replaceChildren(...items.map((item, at) => this.option(item, at)));
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    this.say(items.length ? "" : this.messages.none);
  }

  option(item, at) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${at}`;
    option.role = "option";
    option.dataset.article = item.article;
    option.setAttribute("aria-selected", "false");
    if (item.image_url) option.append(this.picture(item.image_url));
    const text = document.createElement("span");
    const note = document.createElement("small");
    note.textContent = [item.article, item.note].filter(Boolean).join(" · ");
    text.append(item.name, note);
    option.append(text);
    return option;
  }

  picture(url) {
    const frame = document.createElement("span");
    const image = document.createElement("img");
    frame.className = "picture small";
    image.src = url;
    image.alt = "";
    frame.append(image);
    return frame;
  }

  choose(at) {
    const options = [...this.list.children];
    this.chosen = (at + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.chosen)));
    this.input.setAttribute("aria-activedescendant", options[this.chosen].id);
    options[this.chosen].scrollIntoView({ block: "nearest" });
  }

  close() {
    clearTimeout(this.timer);
    if (!this.list) return;
    this.list.hidden = true;
    this.chosen = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  onKey(event) {
    const open = this.list && !this.list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.choose(event.key === "ArrowDown" ? this.chosen + 1 : Math.max(this.chosen, 0) - 1);
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (open && event.key === "Enter" && this.chosen >= 0) {
      event.preventDefault();
      this.add(this.list.children[this.chosen].dataset.article, { toQuantity: true });
    } else if (event.key === "Escape" && this.input.value) {
      this.input.value = "";
    }
  }

  onPick(event) {
    const option = event.target.closest('[role="option"]');
    if (!option) return;
    event.preventDefault();
    this.add(option.dataset.article, { toQuantity: true });
  }

  // Entering

  onSubmit(event) {
    if (!this.grid()) return;
    event.preventDefault();
    const { lines, file } = this.form.elements;
    if (lines.value.trim() || file.files.length) this.send({ lines: lines.value, file: file.files[0] }, () => this.clearList());
    else if (this.input.value.trim()) this.add(this.input.value);
  }

  onPaste(event) {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\r\n\t]/.test(text.trim())) return;
    event.preventDefault();
    this.close();
    // The pasted lines stand in the list until they have been read, so a failed connection loses nothing.
    this.form.elements.lines.value = text;
    this.send({ lines: text }, () => this.clearList());
  }

  onDrag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.form.classList.toggle("dropping", event.type === "dragover");
    const file = event.type === "drop" ? event.dataTransfer.files[0] : null;
    if (file) this.send({ file });
  }

  add(text, options = {}) {
    this.close();
    this.send({ text }, () => { this.input.value = ""; }, options);
  }

  clearList() {
    this.form.elements.lines.value = "";
    this.form.elements.file.value = "";
    this.form.querySelector("details").open = false;
  }

  async send(parts, onDone = () => {}, { toQuantity = false } = {}) {
    const body = new FormData();
    body.set("csrf_token", this.form.elements.csrf_token.value);
    for (const [name, value] of Object.entries(parts)) if (value) body.set(name, value);
    this.say(this.messages.reading);
    try {
      const { rows, summary, waiting } = await readLines(this.form.action, body);
      onDone();
      this.say(summary);
      this.grid().receive(rows);
      if (toQuantity && !waiting) focusField(rows[0].querySelector("[data-quantity]"));
      else if (waiting && rows.length > 1) this.grid().toNextWaiting();
      else this.input.focus();
    } catch (error) {
      if (parts.lines) this.form.querySelector("details").open = true;
      this.say(error.told ?? this.messages.failed);
    }
  }

  say(text) {
    this.status.textContent = text;
  }
}

function enhance(part) {
  for (const form of part.querySelectorAll("[data-entry-box]")) if (!form.entryBox) new EntryBox(form);
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.target.parentElement ?? document));
