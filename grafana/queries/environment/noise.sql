-- Equivalent continuous level of each hour of the local clock: decibels are averaged as the energies they stand for (IEC 61672-1).
WITH {source}, {weather}
-- Decibels are averaged as the energies they stand for (equivalent continuous level, IEC 61672-1).
SELECT hour AS time, name AS metric, 10 * log(avg(power(10::float8, noise_level_db / 10))) AS "dB"
FROM weather
WHERE noise_level_db IS NOT NULL
GROUP BY id, name, hour
ORDER BY 1, 2
