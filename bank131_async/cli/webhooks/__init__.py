"""``bank131 listen``, ``trigger`` and ``replay``: webhooks received, made up, and sent again.

post        carries one webhook to an address
recording   webhooks in a file, with the exact bytes and the signature
"""

from __future__ import annotations
