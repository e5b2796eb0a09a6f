import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { close, dialog } from "../state/dialogs.ts";
import { Icon } from "./icon.tsx";

interface DialogProps {
  readonly title: string;
  readonly class?: string;
  /** The title is for who cannot see; the eye knows it anyway. */
  readonly bare?: boolean;
  readonly children: ComponentChildren;
}

/** Something over the page that keeps the keyboard until it is closed: by Escape, by its cross, or by a click beside it. */
export function Dialog({ title, class: extra = "", bare = false, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // The browser says a moment later that it closed one; by then another may be open.
  const [opened] = useState(() => dialog.peek());
  const closeOwn = () => {
    if (dialog.peek() === opened) close();
  };
  // At once: the next key belongs to it.
  useLayoutEffect(() => {
    const own = element.current;
    own?.showModal();
    own?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => own?.close();
  }, []);
  const beside = (event: MouseEvent) => {
    if (event.target === element.current) closeOwn();
  };
  return (
    <dialog ref={element} class={`dialog ${extra}`} aria-labelledby={heading} onClose={closeOwn} onMouseDown={beside}>
      <div class="dialog-inside">
        <header class={bare ? "unseen" : ""}>
          <h2 id={heading}>{title}</h2>
          {!bare && (
            <button type="button" class="icon-button" onClick={closeOwn} aria-label="Close">
              <Icon name="close" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
