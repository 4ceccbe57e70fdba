// What was done, so that it can be undone: each step is a function that takes it back.

export class History {
  constructor(onChange = () => {}) {
    this.steps = [];
    this.onChange = onChange;
  }

  add(undo) {
    this.steps.push(undo);
    this.onChange(this.steps.length);
  }

  undo() {
    const step = this.steps.pop();
    if (step) step();
    this.onChange(this.steps.length);
    return Boolean(step);
  }
}
