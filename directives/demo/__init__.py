"""Made-up work on the programme, for trying the software: accounts, states of real directives, a fictitious notice.

Any state, report or delay of a real unit here is invented (DOMAIN §2); every page and mail of a demo says so.
"""
