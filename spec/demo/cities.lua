-- Cities of the world: country, own name, latitude and longitude in degrees, people in thousands.
-- SPDX-License-Identifier: MIT
local TEXT = [[
JP|日本|東京|35.68|139.69|14000
JP|日本|大阪|34.69|135.50|2750
JP|日本|札幌|43.06|141.35|1970
KR|대한민국|서울|37.57|126.98|9400
KR|대한민국|부산|35.18|129.08|3300
CN|中国|北京|39.90|116.40|21890
CN|中国|上海|31.23|121.47|24870
CN|中国|成都|30.57|104.07|20940
TW|臺灣|臺北|25.03|121.57|2500
VN|Việt Nam|Hà Nội|21.03|105.85|8400
VN|Việt Nam|Đà Nẵng|16.05|108.20|1200
TH|ประเทศไทย|กรุงเทพฯ|13.76|100.50|8300
KH|កម្ពុជា|ភ្នំពេញ|11.56|104.92|2280
MM|မြန်မာ|ရန်ကုန်|16.87|96.20|5200
IN|भारत|नई दिल्ली|28.61|77.21|16800
IN|भारत|मुंबई|19.08|72.88|12500
IN|भारत|சென்னை|13.08|80.27|7100
BD|বাংলাদেশ|ঢাকা|23.81|90.41|10300
NP|नेपाल|काठमाडौं|27.72|85.32|850
LK|ශ්‍රී ලංකාව|කොළඹ|6.93|79.86|650
PK|پاکستان|کراچی|24.86|67.01|16000
IR|ایران|تهران|35.69|51.39|9000
IQ|العراق|بغداد|33.31|44.36|7200
SA|السعودية|الرياض|24.71|46.68|7000
EG|مصر|القاهرة|30.04|31.24|9500
MA|المغرب|الدار البيضاء|33.57|-7.59|3360
TN|تونس|تونس|36.81|10.18|640
IL|ישראל|תל אביב|32.08|34.78|460
TR|Türkiye|İstanbul|41.01|28.98|15460
TR|Türkiye|Ankara|39.93|32.86|5660
GE|საქართველო|თბილისი|41.72|44.79|1150
AM|Հայաստան|Երևան|40.18|44.51|1090
GR|Ελλάδα|Αθήνα|37.98|23.73|664
GR|Ελλάδα|Θεσσαλονίκη|40.64|22.94|325
BG|България|София|42.70|23.32|1240
RS|Србија|Београд|44.79|20.45|1200
UA|Україна|Київ|50.45|30.52|2950
UA|Україна|Львів|49.84|24.03|720
PL|Polska|Kraków|50.06|19.94|780
PL|Polska|Łódź|51.76|19.46|670
CZ|Česko|Plzeň|49.75|13.38|175
HU|Magyarország|Győr|47.69|17.65|132
RO|România|București|44.43|26.10|1720
RO|România|Iași|47.16|27.60|320
AT|Österreich|Wien|48.21|16.37|1980
DE|Deutschland|München|48.14|11.58|1510
DE|Deutschland|Köln|50.94|6.96|1080
CH|Schweiz|Zürich|47.37|8.54|440
FR|France|Strasbourg|48.58|7.75|290
FR|France|Orléans|47.90|1.91|117
FR|France|Nîmes|43.84|4.36|150
BE|België|Liège|50.63|5.57|195
NL|Nederland|'s-Hertogenbosch|51.69|5.30|160
LU|Lëtzebuerg|Lëtzebuerg|49.61|6.13|133
GB|United Kingdom|London|51.51|-0.13|8900
IE|Éire|Baile Átha Cliath|53.35|-6.26|590
IS|Ísland|Reykjavík|64.15|-21.94|140
NO|Norge|Tromsø|69.65|18.96|78
SE|Sverige|Malmö|55.60|13.00|360
FI|Suomi|Jyväskylä|62.24|25.75|147
DK|Danmark|Århus|56.16|10.20|290
EE|Eesti|Pärnu|58.39|24.50|51
LV|Latvija|Rīga|56.95|24.11|605
LT|Lietuva|Šiauliai|55.93|23.31|110
ES|España|A Coruña|43.36|-8.41|245
ES|España|Málaga|36.72|-4.42|580
PT|Portugal|Évora|38.57|-7.91|53
IT|Italia|Forlì|44.22|12.04|117
BR|Brasil|São Paulo|-23.55|-46.63|12300
AR|Argentina|Córdoba|-31.42|-64.18|1560
PE|Perú|Áncash|-9.53|-77.53|120
MX|México|Mérida|20.97|-89.62|920
CA|Canada|Montréal|45.50|-73.57|1760
US|United States|Honolulu|21.31|-157.86|350
US|United States|Cañon City|38.44|-105.24|17
KE|Kenya|Nairobi|-1.29|36.82|4400
ET|ኢትዮጵያ|አዲስ አበባ|9.03|38.74|3040
ZA|South Africa|Cape Town|-33.92|18.42|4600
AU|Australia|Sydney|-33.87|151.21|5300
NZ|Aotearoa|Tāmaki Makaurau|-36.85|174.76|1650
]]

local cities = {}
for code, country, name, latitude, longitude, people in
  TEXT:gmatch("(%u%u)|([^|]+)|([^|]+)|([^|]+)|([^|]+)|(%d+)\n") do
  cities[#cities + 1] = { code = code, country = country, name = name,
    latitude = tonumber(latitude), longitude = tonumber(longitude),
    people = tonumber(people) * 1000 }
end

return cities
