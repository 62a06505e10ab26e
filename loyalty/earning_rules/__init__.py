"""What earns points, one file each (`loyalty.earning_rules.base.EarningRule`)."""
