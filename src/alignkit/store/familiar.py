"""What every record's text has in it: names of fields, and what stands in them most often.

zlib takes it as a dictionary, which saves a third of a compressed record. What is stored can only
be read with the very same one, so it must never change; another one would need another version
of the tables.
"""

from __future__ import annotations

FAMILIAR = (
    '{"schema_version":1,"created":"2026-01-01T00:00:00.000000Z","versions":0,"model":1,'
    '"decider":2,"scenario":3,"profile":4,"attributes":[6,7,8],"calibration":5,"decision":{"id":"'
    '","schema_version":1,"scenario":"","profile":null,"decider":"chooser_judge","model":"","outco'
    'me":"escalated","outcome":"failed","choice":null,"probabilities":{},"confidence":0.0,"outcom'
    'e":"decided","choice":"","probabilities":{"","confidence":0.,"estimates":{"":{"":{"mean":0.,'
    '"sd":0.0},"order_shift":null,"name_shift":null,"explanation":"Nearest for  (wanted 0., the ne'
    'xt choice has 0.\\n \\": 0.5 (wanted 0.5), 0.5 (wanted 0.9); cost 0.0. Next \\": cost 0.'
    '","reason":null,"usage":{"tokens_submitted":100,"tokens_evaluated":100,"tokens_generated":0,"'
    'calls":10,"seconds":0.0}},"evidence":{"calls":[{"prompt":{"segments":[9,10,11,12]},"question"'
    ':13,"answer":{"probabilities":{"1":0.,"2":0.,"3":0.,"4":0.,"5":0.},"readout":"fake","inside":'
    'null,"samples":null,"readout":"labels","inside":0.9,"samples":null,"usage":{"tokens_submitted'
    '":200,"tokens_evaluated":20,"tokens_generated":0,"calls":1,"seconds":0.0}}},{"prompt":{"segme'
    'nts":[9,10,11,14]},"question":13,"answer":{"probabilities":{"yes":0.,"no":0.},"readout":"labe'
    'ls","inside":0.99,"samples":null,"usage":{"tokens_submitted":150,"tokens_evaluated":50,"token'
    's_generated":0,"calls":1,"seconds":0.1}}}],"generations":[{"prompt":{"segments":[9,10,11]},"o'
    'utput":{"reasoning":"","usage":{"tokens_submitted":0,"tokens_evaluated":0,"tokens_generated":'
    '0,"calls":1,"seconds":0.0}}],"templates":15,"costs":{"":{"":0.,"temperature":0.1,"relevance":'
    'null,"weighed_by":null,"examples":{},"votes":null,"weights":null,"excluded":{}}}'
    '"role":"system","role":"user","depends":"nothing","depends":"profile","depends":"scenario","d'
    'epends":"options","depends":"attribute","depends":"choice","depends":"question","text":"'
    '{"type":"choice","instructions":"","options":[{"id":"a","text":"{"type":"score","levels":["{"'
    'type":"predicate","instructions":"'
)
