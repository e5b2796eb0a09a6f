import { FleetError, reworded } from "../../errors.ts";

/** What went wrong on a host, such as for want of room: who is not told what to do sees first how the host is. */
export function onHost(host: string, error: FleetError): FleetError {
  if (error.hint !== undefined) return error;
  return reworded(error, { hint: `to see how ${host} is, its disk too, run fleet hosts check ${host}` });
}

/** Waits for what git does on a host. Throws its errors as `onHost` has them. */
export async function gitOnHost<Value>(host: string, done: Promise<Value>): Promise<Value> {
  try {
    return await done;
  } catch (error) {
    throw error instanceof FleetError ? onHost(host, error) : error;
  }
}
