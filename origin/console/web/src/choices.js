// Groups of radio buttons that follow what a player offers.

/**
 * Choices keeps a fieldset's radio buttons equal to a list of options. It rebuilds them only when the list changes, so
 * that the keyboard focus stays where it is.
 */
export class Choices {
  #key = '';

  /**
   * @param {HTMLFieldSetElement} fieldset
   * @param {(value: string) => void} choose  called with the value that the viewer picked
   */
  constructor(fieldset, choose) {
    this.fieldset = fieldset;
    fieldset.addEventListener('change', ({ target }) => choose(target.value));
  }

  /**
   * @param {{value: string, label: string, detail?: string, disabled?: boolean}[]} options
   * @param {string} checked  the value of the option that is chosen
   * @param {string} [active]  the value of the option that is at work, where that can differ
   */
  show(options, checked, active) {
    const key = JSON.stringify(options);
    if (key !== this.#key) this.#build(options);
    this.#key = key;
    for (const input of this.fieldset.querySelectorAll('input')) {
      input.checked = input.value === checked;
      input.closest('label').classList.toggle('active', input.value === active);
    }
  }

  #build(options) {
    const legend = this.fieldset.querySelector('legend');
    this.fieldset.replaceChildren(legend, ...options.map((option) => this.#option(option)));
  }

  #option({ value, label, detail, disabled = false }) {
    const row = document.createElement('label');
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: this.fieldset.id, value, disabled });
    row.append(input, span('name', label));
    if (detail) row.append(span('detail', detail));
    return row;
  }
}

function span(className, textContent) {
  return Object.assign(document.createElement('span'), { className, textContent });
}
