"""Two runs on one scene: their panes, the answer in words, their figures, how they were made."""
