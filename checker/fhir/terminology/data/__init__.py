"""Tables of facts that standing codes are judged by: subtags, countries, currencies, time zones, units."""
