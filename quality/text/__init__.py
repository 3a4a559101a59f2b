"""Reading MO out of free text by rules that anybody can check: no learned model, no random choice, linear time."""
