"""How plants cover the ground over the year: day of the year to percent, central France.

Dates are rounded from the usual sowing, flowering and harvest times of French agriculture;
`Domain.phenology` and each parcel's `shift` move them.
"""

from lcapp.simulate.land.ground.surface import Knots


def _year(text: str) -> Knots:
    """`day:percent day:percent ...`."""
    pairs = (pair.split(":") for pair in text.split())
    return tuple((int(day), int(percent) / 100) for day, percent in pairs)


GRASS = _year("15:50 60:55 105:85 150:95 210:72 290:80 335:60")
GRASS_DRY = _year("15:32 105:10 150:4 210:24 290:12 340:25")
# Cut in mid-June, green again in July.
HAY = _year("15:50 60:55 105:85 155:95 164:95 167:40 195:80 215:70 290:80 335:60")
HAY_DRY = _year("15:30 105:8 163:4 167:50 195:14 290:12 340:25")
# Four cuts.
SILAGE = _year(
    "15:60 60:65 100:93 126:95 129:50 150:92 166:94 169:50 192:88 214:90 217:45 245:85 "
    "270:88 273:50 300:80 335:65"
)
SILAGE_DRY = _year("15:20 100:4 129:22 150:5 217:25 245:8")
GRAZED = _year("15:55 75:65 110:88 140:85 210:72 285:78 335:62")
GRAZED_DRY = _year("15:28 110:6 210:18 285:10 340:20")
MOWN = _year("15:62 75:72 115:88 200:80 290:82 335:68")
MOWN_DRY = _year("15:18 115:4 210:10 290:5")
POOR = _year("15:30 90:40 140:70 190:42 250:30 300:42")
POOR_DRY = _year("15:45 90:35 140:15 190:40 250:50 300:35")
ALPINE = _year("90:10 135:40 165:88 205:90 255:60 290:30 330:12")
ALPINE_DRY = _year("30:70 135:45 165:5 205:6 255:30 290:55")

WHEAT = _year("20:35 70:50 105:90 140:95 165:40 182:0 250:6 262:0 312:0 335:20")
WHEAT_DRY = _year("150:5 175:80 198:95 206:62 255:42 264:5 320:0")
BARLEY = _year("20:42 70:60 100:93 130:95 152:40 168:0 232:5 262:40 275:45 280:0 300:2 325:20")
BARLEY_DRY = _year("135:5 160:80 178:95 186:60 240:35 278:3 320:0")
SPRING_BARLEY = _year(
    "20:25 48:10 58:0 80:6 108:50 135:94 158:90 180:20 192:0 240:8 275:60 310:70 340:40"
)
SPRING_BARLEY_DRY = _year("20:40 48:30 60:2 160:6 186:90 200:92 208:55 245:30 275:5 340:25")
# Bare until June, then as green as a meadow in July: only the year tells.
MAIZE = _year("20:4 135:3 150:12 162:30 182:85 245:92 272:25 284:0")
MAIZE_DRY = _year("240:4 270:62 286:40 340:25 100:8 135:0")
# Cut green, followed by rye.
SILAGE_MAIZE = _year(
    "20:50 95:75 104:70 110:0 140:3 160:30 180:85 240:93 252:80 255:5 285:12 330:50"
)
SILAGE_MAIZE_DRY = _year("104:4 110:0 235:3 253:10 256:20 285:5")
RAPESEED = _year("20:60 60:68 92:92 145:92 165:45 182:5 205:0 236:2 252:15 290:62 330:68")
RAPESEED_DRY = _year("150:4 168:45 186:90 196:60 228:30 238:2 290:0")
RAPESEED_BLOOM = _year("95:0 104:80 118:100 128:40 136:0")
SUNFLOWER = _year("20:0 108:2 130:10 150:40 172:86 215:88 238:40 255:4 280:0")
SUNFLOWER_DRY = _year("215:4 240:42 262:60 272:30 305:12 330:0")
BEET = _year("20:2 110:0 128:10 150:50 172:93 275:90 296:85 302:10")
BEET_DRY = _year("296:2 303:15 325:2")
POTATO = _year("20:0 125:0 142:25 162:90 212:85 232:30 245:0 330:5")
POTATO_DRY = _year("210:4 235:40 248:30 260:0")
SOY = _year("20:0 128:0 150:20 185:85 235:90 256:25 268:0")
SOY_DRY = _year("235:3 258:60 272:45 300:20 325:0")
PEA = _year("20:0 66:0 95:35 120:90 158:90 174:30 185:0 250:20 290:60 340:30")
PEA_DRY = _year("158:5 176:70 192:80 200:40 240:10 340:20")
ALFALFA = _year(
    "15:35 70:50 110:92 134:95 137:25 158:90 174:92 177:25 200:85 216:88 219:25 246:80 "
    "264:82 267:30 300:65 335:40"
)
ALFALFA_DRY = _year("15:20 110:3 137:20 158:4 219:20 250:6 340:15")
FALLOW = _year("15:30 80:40 125:72 165:55 215:35 285:50 335:35")
FALLOW_DRY = _year("15:30 125:10 180:30 240:40 300:20")
# Sown grass, turned over in August for wheat.
LEY = _year("15:55 60:60 105:90 150:95 205:78 228:70 236:0 318:0 345:30")
LEY_DRY = _year("15:25 105:6 205:16 230:20 237:2 340:10")

# Bare in a season of its own, after and before something green.
PLOWED_APRIL = _year("20:55 62:65 72:0 160:2 196:85 250:90 280:10 320:30")
PLOWED_APRIL_DRY = _year("62:10 73:2 245:4 275:60 290:30 330:5")
PLOWED_JUNE = _year("20:45 80:80 128:95 138:90 141:0 192:3 222:80 258:50 270:0 330:20")
PLOWED_JUNE_DRY = _year("125:4 139:10 142:2 225:5 262:50 285:20 320:0")
# Winter barley, ploughed at once; green manure in autumn.
PLOWED_JULY = _year("20:40 85:80 125:95 150:40 165:0 243:2 290:60")
PLOWED_JULY_DRY = _year("135:10 165:90 176:60 181:3 290:0")
PLOWED_AUTUMN = _year("20:35 70:50 105:90 140:95 165:40 182:0 322:2")
PLOWED_AUTUMN_DRY = _year("150:5 175:80 198:95 206:60 222:50 226:3")

LEAVES = _year("85:2 105:35 130:92 200:100 265:88 295:45 322:2")
AUTUMN = _year("262:0 295:40 318:25 345:10 90:10 120:0")
# Alders and ash drop their leaves green.
PLAIN_LEAVES = _year("88:8 108:35 132:92 200:100 285:90 308:30 322:6")
PLAIN_AUTUMN = _year("280:0 310:20 335:8 110:6 120:0")
LARCH = _year("92:4 115:45 135:88 200:93 280:85 300:40 322:5")
LARCH_GOLD = _year("272:0 300:50 316:45 330:8 345:0")
EVERGREEN = _year("15:84 110:86 190:94 300:90")
SHRUBS = _year("60:30 125:75 200:82 280:55 330:30")
SHRUBS_DRY = _year("30:35 125:10 280:30")
REGROWTH = _year("15:8 110:14 160:36 220:32 300:14")

VINE = _year("105:0 130:30 165:86 200:90 255:85 290:40 310:0")
VINE_DRY = _year("270:10 300:40 320:0")
VINE_GRASS = _year("20:40 110:50 150:40 190:20 250:16 300:35")
VINE_GRASS_DRY = _year("20:10 150:15 200:30 300:10")
WEEDS = _year("20:16 95:20 120:4 300:10")

FLOOD = _year("12:95 62:92 88:30 100:0 335:0 352:70")
"""Share under water; the grass below must leave it room."""
FLOODED_GRASS = _year("12:4 62:6 100:60 135:93 210:85 290:80 352:20")
FLOODED_DRY = _year("12:1 62:2 95:20 135:4 210:10 335:20 352:8")
PUDDLES = _year("15:12 80:8 110:0 320:0 345:10")

PLOT_GREEN = _year("1:50 62:62 70:0 364:0")
NEW_ROOF = _year("1:0 206:0 214:100 364:100")
"""A building that is finished at the end of July."""

HALF_LEAVES, HALF_AUTUMN = (
    tuple((day, 0.5 * share) for day, share in knots) for knots in (LEAVES, AUTUMN)
)
"""Of a mixed wood."""


def constant(share: float) -> Knots:
    """The same share on every day."""
    return ((1, share),)
