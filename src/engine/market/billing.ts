import { CLASSIC } from './billing-classic.ts';
import type { BillingModel, BillingName } from './billing-model.ts';
import { MODERN } from './billing-modern.ts';
import { TRANSITION } from './billing-transition.ts';

/** In order of time. */
export const BILLING_MODELS: readonly BillingModel[] = [CLASSIC, TRANSITION, MODERN];

export function billingNamed(name: BillingName): BillingModel {
  return BILLING_MODELS.find((model) => model.name === name) ?? MODERN;
}

/** The rule in force at an instant. Before Spot existed (December 2009) that is the first one. */
export function billingAt(atMs: number): BillingModel {
  return BILLING_MODELS.findLast(({ fromMs }) => fromMs <= atMs) ?? CLASSIC;
}
