/* ---
about: A member of the care team, keyed
grain: [agent_key]
--- */
select agent_key, team, trained_on from staged.agent
