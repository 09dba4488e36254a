"""Double entry: accounts, entries that balance, the movements that the texts allow, and their sums.

Debits are positive and credits negative, so the whole of a book is always zero. Places where money
lies grow by debits; what says whose it is grows by credits. Money in a place and money owned are thus
two views of the same entries and cannot drift apart (guangdong-2025#art15: 资金账与业务账一致).
"""
