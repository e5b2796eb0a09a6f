declare module "*.awk" {
  const script: string;
  export default script;
}

declare module "*.sh" {
  const script: string;
  export default script;
}
declare module "*.bash" {
  const script: string;
  export default script;
}

declare module "*.zsh" {
  const script: string;
  export default script;
}

declare module "*.fish" {
  const script: string;
  export default script;
}

declare module "*/license" {
  const text: string;
  export default text;
}

declare module "*/LICENSE" {
  const text: string;
  export default text;
}

declare module "*.md" {
  const text: string;
  export default text;
}
