// Prices for what is typed: posts the grid's form a moment after the last keystroke and hands the answer on.

const PAUSE = 180;

export class Quote {
  constructor(form, { onAnswer, onFailure }) {
    this.form = form;
    this.url = form.dataset.quoteUrl;
    this.onAnswer = onAnswer;
    this.onFailure = onFailure;
    this.gone = new Map();
  }

  // Lines that left the page are told as zero once, because the basket lives on the server.
  forget(key, article) {
    this.gone.set(key, article);
  }

  recall(key) {
    this.gone.delete(key);
  }

  schedule() {
    if (!this.url) return;
    clearTimeout(this.timer);
    // An answer to what was typed before must not overwrite what is typed now.
    this.running?.abort();
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  async send() {
    this.running?.abort();
    const running = (this.running = new AbortController());
    const body = new URLSearchParams(new FormData(this.form));
    for (const [key, article] of this.gone) {
      body.set(`article-${key}`, article);
      body.set(`quantity-${key}`, "0");
    }
    try {
      const response = await fetch(this.url, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "X-Requested-With": "fetch" },
        signal: running.signal,
      });
      if (!response.ok) throw new Error(`quote: ${response.status}`);
      const answer = await response.json();
      if (!running.signal.aborted) this.onAnswer(answer);
    } catch (error) {
      if (error.name !== "AbortError") this.onFailure(error);
    }
  }
}
