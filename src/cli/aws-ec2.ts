/** EC2 and what only masters and consoles need; the heaviest of the clients, so that workers do without. */
export { Ec2Compute } from '../aws/ec2-compute.ts';
export { Ec2Prices } from '../aws/ec2-prices.ts';
