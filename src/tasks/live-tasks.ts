import type { Task } from './task.js';

/** One of so many is followed and stands for all. A power of two. */
const ONE_IN = 256;
const FOLLOWED = 4_096;
/** Followed again where some have ended: not at each creation. */
const FULL_SHARE = 0.9;

/**
 * Bounds how many live tasks have a record: about a million, counted by a sample. The count of the pending ones would
 * not do, for a promise that is lost never ends: a sample sees that its record was collected with it.
 */
export class LiveTasks {
  #followed: WeakRef<Task>[] = [];
  #created = 0;
  #full = false;
  #refused = 0;

  /** Whether no more can be tracked. */
  get full(): boolean {
    return this.#full;
  }

  get estimate(): number {
    return this.#followed.length * ONE_IN;
  }

  created(task: Task): void {
    if ((++this.#created & (ONE_IN - 1)) !== 0) return;
    this.#followed.push(new WeakRef(task));
    if (this.#followed.length >= FOLLOWED) this.sweep();
  }

  /** A task that was not recorded. */
  refused(): void {
    this.#refused++;
  }

  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }

  /** Forgets those that ended or were collected. */
  sweep(): void {
    this.#followed = this.#followed.filter((followed) => followed.deref()?.ended === false);
    this.#full = this.#followed.length >= FOLLOWED * FULL_SHARE;
  }
}
