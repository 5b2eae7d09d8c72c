"""The pages of campaigns: the list, the editor in steps, the running campaign, codes and calendar."""
