"""POST: one account for one userName, whatever is repeated, killed or run in parallel.

The order is: look, claim, create, close the claim together with the mapping row. A claim's existence means that the
name was seen to be absent, so who finds an account beside an unfinished claim knows whose it is.
"""
