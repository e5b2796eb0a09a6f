interface AwayProps {
  readonly url: string | null;
  readonly text: string;
}

/** A way out of the page; what a forge or a tracker says may be anything, so only what is an address of the web is followed. */
export function Away({ url, text }: AwayProps) {
  if (url === null || !/^https?:\/\//.test(url)) return <bdi>{text}</bdi>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}
