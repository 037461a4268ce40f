-- What arrays hold looks to the planner as if each call were worth a plan of its own: it was made anew every time, and cost
-- more than all else in a message's way in (1.5 ms of a processor a turn submitted; 0.9 ms with plans kept). The plans are the
-- same: by index, whatever the arrays hold. A function that is replaced later needs its setting again.
ALTER FUNCTION append_events(
  text[], text[], int[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]
) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION submit_turn SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION begin_showing SET plan_cache_mode = force_generic_plan;
