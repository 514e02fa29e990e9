/* ---
about: A member of the care team, keyed; probability is the odds with which the team was drawn for training, if it was
grain: [agent_key]
--- */
select agent_key, team, trained_on, probability from staged.agent
