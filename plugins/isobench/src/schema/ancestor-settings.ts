import { z } from 'zod'

const text = z.string().min(1)

/** `[https://huggingface.co/][datasets/]owner[/name]`, as people copy it. */
const hubAddress =
  /^(?:https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/|hf:\/\/)?(?:datasets\/)?([A-Za-z0-9][A-Za-z0-9._-]*)(?:\/([A-Za-z0-9][A-Za-z0-9._-]*))?(?:\/tree\/[A-Za-z0-9._-]+)?\/?$/

/**
 * The ancestor's run configuration (`experiments.yaml` of ISO-Bench). It is read once, by `nx g nx-isobench:import`.
 * Its empty values (`api: null`, `setup_commands: []`) say nothing and are allowed everywhere but in the two paths.
 */
export const AncestorSettings = z
  .strictObject({
    repo_path: text.describe('A local clone of the repository'),
    extractions_dir: text.describe('Folder with one JSON file a commit'),
    use_docker: z.boolean().nullish(),
    docker_image: text.nullish(),
    dataset_name: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/, 'must be letters, digits, `.`, `_` and `-`')
      .nullish(),
    hf_repo: z
      .string()
      .regex(hubAddress, 'must be `owner/name` or its address on the Hub')
      .transform((address) => {
        const [, owner, name] = hubAddress.exec(address)!
        return { owner: owner!, name: name?.replace(/\.git$/, '') }
      })
      .nullish()
      .describe('A URL or an id; the ancestor also took the owner alone'),
    push_to_hf: z.boolean().nullish(),
    setup_commands: z.array(text).nullish(),
    install_commands: z.array(text).nullish(),
    api: text.nullish(),
    notes: text.nullish(),
    llm_provider: z.enum(['openai', 'anthropic', 'openrouter', 'bedrock']).nullish(),
    llm_model: text.nullish(),
    llm_temperature: z.number().min(0).nullish(),
    llm_max_tokens: z.int().min(256).max(1_000_000).nullish(),
  })
  .refine((settings) => settings.push_to_hf !== true || (settings.hf_repo ?? null) !== null, {
    message: 'needs `hf_repo`',
    path: ['push_to_hf'],
  })
  .meta({ id: 'ancestor-settings', title: 'experiments.yaml of ISO-Bench' })
export type AncestorSettings = z.infer<typeof AncestorSettings>
