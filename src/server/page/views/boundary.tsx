import { Component, type ComponentChildren } from "preact";
import { Trouble } from "./conditions.tsx";

interface BoundaryProps {
  readonly children: ComponentChildren;
}

interface BoundaryState {
  readonly error?: Error;
}

/** Keeps a fault of ours in one place to that place: the rest of the page goes on. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = {};

  static override getDerivedStateFromError(error: Error): BoundaryState {
    return { error };
  }

  /** What is inside, or that it failed. */
  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Trouble title="This part of the page failed" error={error} again={() => location.reload()} />;
  }
}
