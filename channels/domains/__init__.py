"""Will mailboxes believe that a mail from this domain is ours? What its DNS says about SPF, DKIM, DMARC and MX."""
