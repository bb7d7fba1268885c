/** Which model is meant by a name, and which is taken where none is named. */
import { Fault } from '../base/fault.ts';
import type { Provider } from './provider.ts';

export interface Picked {
  provider: Provider;
  model: string;
}

/** The first of these wishes that a provider offers; of none, the first model there is. */
export function pickModel(providers: Provider[], wishes: (string | null | undefined)[]): Picked {
  for (const wish of wishes) {
    const found = wish ? findModel(providers, wish) : null;
    if (found) return found;
  }
  const wanted = wishes.at(-1);
  if (wanted) throw noModel(wanted, providers);
  const provider = providers.find((one) => one.models.length > 0);
  if (!provider) throw noModel('', providers);
  return { provider, model: provider.models[0]!.id };
}

/** By `NAME/model`, or by the model's id alone. */
export function findModel(providers: Provider[], wish: string): Picked | null {
  for (const provider of providers)
    for (const { id } of provider.models)
      if (wish === id || wish === `${provider.name}/${id}`) return { provider, model: id };
  return null;
}

export function noModel(wish: string, providers: Provider[]): Fault {
  const offered = providers.flatMap((one) => one.models.map(({ id }) => `${one.name}/${id}`));
  return new Fault({
    status: 422,
    code: 'no_such_model',
    message: wish === '' ? 'No provider offers a model.' : `No provider offers the model ${JSON.stringify(wish)}.`,
    hint:
      offered.length === 0
        ? 'Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or start LM Studio.'
        : `There are: ${offered.slice(0, 20).join(', ')}.`,
  });
}
