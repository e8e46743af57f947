"""``bank131 doctor``: looks at everything that a payment needs, and says what to do about what is amiss.

finding    what a check found, and how it is told
keys       the merchant's key pair and the bank's public key
bank       whether the bank answers and accepts us, and how far its clock is off
route      whether webhooks find their way
journal    whether the store can be used, and what waits in it
"""

from __future__ import annotations
