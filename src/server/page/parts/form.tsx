interface SegmentsProps<Value> {
  /** What is chosen, for who cannot see it. */
  readonly legend: string;
  /** Of its radio buttons: another one for each group of a page. */
  readonly name: string;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value;
  readonly choose: (value: Value) => void;
}

/** One of a few, side by side. */
export function Segments<Value>({ legend, name, choices, value: chosen, choose }: SegmentsProps<Value>) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{legend}</legend>
      {choices.map(({ value, label }) => (
        <label key={label}>
          <input type="radio" name={name} checked={value === chosen} onChange={() => choose(value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface CheckProps {
  readonly label: string;
  readonly checked: boolean;
  readonly change: (checked: boolean) => void;
}

/** Something that is wanted or not. */
export function Check({ label, checked, change }: CheckProps) {
  return (
    <label>
      <input type="checkbox" checked={checked} onChange={(event) => change(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

interface CodeFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

/** A line that a program reads, such as a branch: no browser is to put its spelling right, nor to begin it with a capital letter. */
export function CodeField({ label, placeholder, value, change }: CodeFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        class="mono"
        placeholder={placeholder}
        spellcheck={false}
        autocapitalize="off"
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

/** What a form does when it is sent: the page stays, and `run` does the rest. */
export function submitted(run: () => void): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    run();
  };
}
