"""Official papers as PDF/A-2a and PDF/UA: agreements, audit reports, payment orders, notices."""
