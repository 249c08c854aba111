"""Accounts that conserve: postings, values, lots, snapshots."""
