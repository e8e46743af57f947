"""What each method of the API takes (reference: methods and objects), as values that hold nothing secret.

``payments`` and ``payouts`` read how money comes and goes, ``cards`` all forms of a card, ``parties`` who takes part;
``fields`` puts a whole operation together.
"""
