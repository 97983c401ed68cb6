"""The commands of the language that this family's emulator and job reader know (A5013 Rev E, sections 3 to 5)."""

from __future__ import annotations


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


SETTINGS = _words(
    "Pr Pc Pl Ps Pem Pmi Piem Pbm Ppk Pmk Pnl Pnw Px Py Pro Prm Prs Psp Ppn Pos Poc Psm Pcom",
    "Pwb Pwj Pwm Pwr Pwcs Pmc Pmd Pmt Pmtc Pmbs Pml Pmts",
)
# Per panel or per track: their first parameter belongs to the name of what is set.
KEYED = _words("Pc Pl Ps Pmt Pmtc Pmts")
READS = _words("Rtp Rsn Rfv Rkn Rck Rco Rcr Rlr Rse Rps") | {f"R{name[1:]}" for name in SETTINGS}
MOTIONS = _words("Ss Se Sr Sv Si Sib Sis Sic Sie Ser Seb Sp Ssd Sc Smw Smr St Stt Sa Scp Scs Srs Sdm Sdu")
PARTS = _words("Dbp Dbpc")
BITMAPS = _words("Db Dbc") | PARTS
TRACK = "Dm"
FILL = "Wcb"
# What the vendor's Windows driver sends and no manual explains: it is let pass.
UNDOCUMENTED = _words("Pdt Ppws Mr")

KNOWN = SETTINGS | READS | MOTIONS | BITMAPS | {TRACK, FILL}
