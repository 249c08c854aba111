"""The stores themselves: who they are, which price book is in force, when they last spoke."""
